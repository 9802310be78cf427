import { useMutation } from "urql";
import { graphql } from "../../../../shared/graphql/graphql";

const ArchiveGuardian = graphql(
  `
    mutation ArchiveGuardian($input: ArchiveGuardianInput!) {
      archiveGuardian(input: $input) {
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

export const useArchiveGuardian = () => useMutation(ArchiveGuardian);
