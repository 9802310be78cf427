import { useMutation } from "urql";
import { graphql } from "../../../../shared/graphql/graphql";
import { SaveErrorFields, StudentFields } from "../fields";

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
          ...SaveError
        }
      }
    }
  `,
  [StudentFields, SaveErrorFields],
);

export const useAddStudent = () => useMutation(AddStudent);
