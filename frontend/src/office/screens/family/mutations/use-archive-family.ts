import { useMutation } from "urql";
import { graphql } from "../../../../shared/graphql/graphql";
import { SaveErrorFields } from "../fields";

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
          ...SaveError
        }
      }
    }
  `,
  [SaveErrorFields],
);

export const useArchiveFamily = () => useMutation(ArchiveFamily);
