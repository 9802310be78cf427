import { useMutation } from "urql";
import { graphql } from "../../../../shared/graphql/graphql";

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
  [],
);

export const useUpdateFamily = () => useMutation(UpdateFamily);
