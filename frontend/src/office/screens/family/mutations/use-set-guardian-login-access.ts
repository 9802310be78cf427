import { useMutation } from "urql";
import { graphql } from "../../../../shared/graphql/graphql";
import { GuardianFields, SaveErrorFields } from "../fields";

const SetGuardianLoginAccess = graphql(
  `
    mutation SetGuardianLoginAccess($input: SetGuardianLoginAccessInput!) {
      setGuardianLoginAccess(input: $input) {
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

export const useSetGuardianLoginAccess = () => useMutation(SetGuardianLoginAccess);
