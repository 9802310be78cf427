import { useMutation } from "urql";
import { graphql } from "../../../../shared/graphql/graphql";
import { GuardianFields, SaveErrorFields } from "../fields";

const UpdateGuardian = graphql(
  `
    mutation UpdateGuardian($input: UpdateGuardianInput!) {
      updateGuardian(input: $input) {
        guardian {
          id
          ...Guardian
        }
        errors {
          __typename
          ...SaveError
        }
      }
    }
  `,
  [GuardianFields, SaveErrorFields],
);

export const useUpdateGuardian = () => useMutation(UpdateGuardian);
