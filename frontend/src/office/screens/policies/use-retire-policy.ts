import { useMutation } from "urql";
import { graphql } from "../../../shared/graphql/graphql";
import { PolicyFields } from "./fields";

const RetirePolicyMutation = graphql(
  `
    mutation RetirePolicy($input: RetirePolicyInput!) {
      retirePolicy(input: $input) {
        policy {
          id
          ...PolicyPage
        }
        errors {
          __typename
          code
          message
          path
        }
      }
    }
  `,
  [PolicyFields],
);

export const useRetirePolicy = () => useMutation(RetirePolicyMutation);
