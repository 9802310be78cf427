import { useMutation } from "urql";
import { graphql } from "../../../../shared/graphql/graphql";
import { StudentFields } from "../fields";

const AddStudent = graphql(
  `
    mutation AddStudent($input: AddStudentInput!) {
      addStudent(input: $input) {
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

export const useAddStudent = () => useMutation(AddStudent);
