import { useMutation } from "urql";
import { graphql } from "../../../../shared/graphql/graphql";

const ArchiveFamily = graphql(
  `
    mutation ArchiveFamily($input: ArchiveFamilyInput!) {
      archiveFamily(input: $input) {
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

export const useArchiveFamily = () => useMutation(ArchiveFamily);
