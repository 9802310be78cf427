import { useMutation } from "urql";
import { graphql } from "../../../../shared/graphql/graphql";

const RestoreFamily = graphql(
  `
    mutation RestoreFamily($input: RestoreFamilyInput!) {
      restoreFamily(input: $input) {
        family {
          id
          version
          archived
        }
        errors {
          __typename
          code
          message
          path
          ... on StaleVersionError {
            currentVersion
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
        }
      }
    }
  `,
  [],
);

export const useRestoreFamily = () => useMutation(RestoreFamily);
