import { useMutation } from "urql";
import { graphql } from "../../../../shared/graphql/graphql";
import { GuardianFields } from "../fields";

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
          code
          message
          path
          ... on StaleVersionError {
            currentVersion
            changedAt
            changedBy {
              __typename
              ... on Staff {
                id
                name
              }
              ... on Guardian {
                id
                name
              }
              ... on SystemActor {
                name
              }
            }
          }
        }
      }
    }
  `,
  [GuardianFields],
);

export const useSetGuardianLoginAccess = () => useMutation(SetGuardianLoginAccess);
