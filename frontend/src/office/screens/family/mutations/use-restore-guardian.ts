import { useMutation } from "urql";
import { graphql } from "../../../../shared/graphql/graphql";
import { SaveErrorFields } from "../fields";

const RestoreGuardian = graphql(
  `
    mutation RestoreGuardian($input: RestoreGuardianInput!) {
      restoreGuardian(input: $input) {
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

export const useRestoreGuardian = () => useMutation(RestoreGuardian);
