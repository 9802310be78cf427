import { useMutation } from "urql";
import { graphql } from "../../../../shared/graphql/graphql";
import { GuardianFields } from "../fields";

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

export const useUpdateGuardian = () => useMutation(UpdateGuardian);
