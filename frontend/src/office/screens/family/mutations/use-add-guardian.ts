import { useMutation } from "urql";
import { graphql } from "../../../../shared/graphql/graphql";
import { GuardianFields, SaveErrorFields } from "../fields";

const AddGuardian = graphql(
  `
    mutation AddGuardian($input: AddGuardianInput!) {
      addGuardian(input: $input) {
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

export const useAddGuardian = () => useMutation(AddGuardian);
