import { graphql } from "../../../shared/graphql/graphql";

export const TokensQuery = graphql(`
  query ApiTokens($first: Int, $after: String, $last: Int, $before: String) {
    apiTokens(first: $first, after: $after, last: $last, before: $before) {
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
      edges {
        cursor
        node {
          id
          name
          hint
          permissions
          state
          expiresAt
          lastUsedAt
        }
      }
    }
  }
`);

export const CreateToken = graphql(`
  mutation CreateApiToken($input: CreateApiTokenInput!) {
    createApiToken(input: $input) {
      apiToken {
        id
        name
      }
      secret
      errors {
        code
        message
        path
      }
    }
  }
`);

export const RevokeToken = graphql(`
  mutation RevokeApiToken($input: RevokeApiTokenInput!) {
    revokeApiToken(input: $input) {
      apiToken {
        id
        state
      }
      errors {
        code
        message
        path
      }
    }
  }
`);
