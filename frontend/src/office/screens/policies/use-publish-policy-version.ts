import { useMutation } from "urql";
import { graphql } from "../../../shared/graphql/graphql";
import { PolicyFields } from "./fields";

const PublishPolicyVersion = graphql(
  `
    mutation PublishPolicyVersion($input: PublishPolicyVersionInput!) {
      publishPolicyVersion(input: $input) {
        policy {
          id
          ...PolicyPage
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
  [PolicyFields],
);

export const usePublishPolicyVersion = () => useMutation(PublishPolicyVersion);
