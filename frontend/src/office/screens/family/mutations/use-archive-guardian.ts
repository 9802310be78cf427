import { useMutation } from "urql";
import { graphql } from "../../../../shared/graphql/graphql";
import { SaveErrorFields } from "../fields";

const ArchiveGuardian = graphql(
  `
    mutation ArchiveGuardian($input: ArchiveGuardianInput!) {
      archiveGuardian(input: $input) {
        guardian {
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

export const useArchiveGuardian = () => useMutation(ArchiveGuardian);
