import { useMutation } from "urql";
import { graphql } from "../../../../shared/graphql/graphql";
import { SaveErrorFields, StudentFields } from "../fields";

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
          ...SaveError
        }
      }
    }
  `,
  [StudentFields, SaveErrorFields],
);

export const useUpdateStudent = () => useMutation(UpdateStudent);
