import { useMutation } from "urql";
import { graphql } from "../../../../shared/graphql/graphql";
import { StudentFields } from "../fields";

const UpdateStudent = graphql(
  `
    mutation UpdateStudent($input: UpdateStudentInput!) {
      updateStudent(input: $input) {
        student {
          id
          ...Student
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
  [StudentFields],
);

export const useUpdateStudent = () => useMutation(UpdateStudent);
