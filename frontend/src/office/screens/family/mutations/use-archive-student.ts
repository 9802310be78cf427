import { useMutation } from "urql";
import { graphql } from "../../../../shared/graphql/graphql";
import { SaveErrorFields } from "../fields";

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
          ...SaveError
        }
      }
    }
  `,
  [SaveErrorFields],
);

export const useArchiveStudent = () => useMutation(ArchiveStudent);
