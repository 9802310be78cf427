import { useMutation } from "urql";
import { graphql } from "../../../../shared/graphql/graphql";

const RestoreGuardian = graphql(
  `
    mutation RestoreGuardian($input: RestoreGuardianInput!) {
      restoreGuardian(input: $input) {
        guardian {
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

export const useRestoreGuardian = () => useMutation(RestoreGuardian);
