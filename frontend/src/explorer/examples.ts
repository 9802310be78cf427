/** Operations to begin with: what an integration does most. They are checked against the schema by a test. */
export const examples: readonly { query: string; variables?: string }[] = [
  {
    query: `# Who am I, and what may I do?
query WhoAmI {
  viewer {
    actor { ... on Staff { name } }
    permissions
    business { name timeZone }
  }
}
`,
  },
  {
    query: `# A guardian, by the last digits of a phone, by name or by email.
query FindGuardian($search: String!) {
  families(first: 5, filter: { search: $search }) {
    edges {
      node {
        name
        guardians {
          id
          name
          email
          phone
          canLogIn
          passwordResetOptions { channel available message destination creditCost }
        }
      }
    }
  }
}
`,
    variables: `{
  "search": "0123"
}
`,
  },
  {
    query: `# Sends a real message. Take the id of a guardian from FindGuardian, and a new key for every send.
mutation SendReset($input: RequestPasswordResetInput!) {
  requestPasswordReset(input: $input) {
    request { id channel destination sentAt expiresAt state delivery }
    smsBalance
    errors {
      __typename
      code
      message
      path
      ... on NoCreditsError { balance required }
      ... on ChannelUnavailableError { option { channel unavailable retryAt } }
    }
  }
}
`,
    variables: `{
  "input": {
    "guardianId": "gdn_…",
    "channel": "EMAIL",
    "idempotencyKey": "a-new-one-for-every-send"
  }
}
`,
  },
  {
    query: `# What became of it: ask again after 2, 4, 8 and then every 15 seconds.
query Followed($id: ID!) {
  node(id: $id) {
    ... on PasswordResetRequest { state usedAt delivery deliveryProblem creditsSpent expiresAt }
  }
}
`,
    variables: `{
  "id": "rst_…"
}
`,
  },
  {
    query: `# What happened lately.
query Log {
  auditEntries(first: 20) {
    edges { node { occurredAt summary outcome } }
    pageInfo { hasNextPage endCursor }
  }
}
`,
  },
];
