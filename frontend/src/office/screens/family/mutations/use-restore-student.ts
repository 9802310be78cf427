import { useMutation } from "urql";
import { graphql } from "../../../../shared/graphql/graphql";
import { SaveErrorFields } from "../fields";

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
          ...SaveError
        }
      }
    }
  `,
  [SaveErrorFields],
);

export const useRestoreStudent = () => useMutation(RestoreStudent);
