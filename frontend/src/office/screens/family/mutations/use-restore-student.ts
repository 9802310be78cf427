import { useMutation } from "urql";
import { graphql } from "../../../../shared/graphql/graphql";

const RestoreStudent = graphql(
  `
    mutation RestoreStudent($input: RestoreStudentInput!) {
      restoreStudent(input: $input) {
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

export const useRestoreStudent = () => useMutation(RestoreStudent);
