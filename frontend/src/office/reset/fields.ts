import { graphql } from "../../shared/graphql/graphql";

/** A reset as its status line and the notices of the dialog need it. */
export const ResetFields = graphql(`
  fragment Reset on PasswordResetRequest {
    __typename
    id
    purpose
    channel
    requestedAt
    sentAt
    expiresAt
    state
    usedAt
    delivery
    deliveryProblem
    deliveryUpdatedAt
    creditsSpent
    requestedBy {
      __typename
      ... on Staff {
        id
        name
      }
      ... on Guardian {
        id
        name
      }
      ... on SystemActor {
        name
      }
    }
  }
`);

/** The reset that a card follows: with what happened to it so far. */
export const FollowedResetFields = graphql(
  `
    fragment FollowedReset on PasswordResetRequest {
      id
      ...Reset
      timeline {
        kind
        at
        problem
      }
    }
  `,
  [ResetFields],
);

export const OptionFields = graphql(
  `
    fragment ResetOption on PasswordResetOption {
      channel
      available
      reasonRequired
      unavailable
      message
      destination
      creditCost
      retryAt
      recent {
        id
        ...Reset
      }
    }
  `,
  [ResetFields],
);

/** A guardian as the Actions menu, its dialogs and the status line see one. */
export const ResettableFields = graphql(
  `
    fragment Resettable on Guardian {
      id
      name
      contactChanges {
        field
        changedAt
        changedBy {
          __typename
          ... on Staff {
            id
            name
          }
          ... on Guardian {
            id
            name
          }
          ... on SystemActor {
            name
          }
        }
      }
      passwordResetOptions {
        ...ResetOption
      }
      portalStatus
      invitedAt
      invitationOptions {
        ...ResetOption
      }
      lastPasswordReset {
        id
        ...FollowedReset
      }
    }
  `,
  [OptionFields, FollowedResetFields],
);
