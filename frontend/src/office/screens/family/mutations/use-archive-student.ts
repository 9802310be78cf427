import { useMutation } from "urql";
import { graphql } from "../../../../shared/graphql/graphql";

const ArchiveStudent = graphql(
  `
    mutation ArchiveStudent($input: ArchiveStudentInput!) {
      archiveStudent(input: $input) {
        student {
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

export const useArchiveStudent = () => useMutation(ArchiveStudent);
