import { useMutation } from "urql";
import { graphql } from "../../../../shared/graphql/graphql";
import { SaveErrorFields } from "../fields";

const UpdateFamily = graphql(
  `
    mutation UpdateFamily($input: UpdateFamilyInput!) {
      updateFamily(input: $input) {
        family {
          id
          version
          name
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

export const useUpdateFamily = () => useMutation(UpdateFamily);
