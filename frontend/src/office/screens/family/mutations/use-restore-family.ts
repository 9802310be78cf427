import { useMutation } from "urql";
import { graphql } from "../../../../shared/graphql/graphql";
import { SaveErrorFields } from "../fields";

const RestoreFamily = graphql(
  `
    mutation RestoreFamily($input: RestoreFamilyInput!) {
      restoreFamily(input: $input) {
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

export const useRestoreFamily = () => useMutation(RestoreFamily);
