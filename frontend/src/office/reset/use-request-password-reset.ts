import { useMutation } from "urql";
import { graphql } from "../../shared/graphql/graphql";
import { OptionFields, ResettableFields } from "./fields";

/** The guardian is read again with the answer, so that menu and status line show what is true now. */
const RequestPasswordReset = graphql(
  `
    mutation RequestPasswordReset($input: RequestPasswordResetInput!) {
      requestPasswordReset(input: $input) {
        request {
          id
          guardian {
            id
            ...Resettable
          }
        }
        smsBalance
        errors {
          __typename
          code
          message
          path
          ... on ChannelUnavailableError {
            option {
              ...ResetOption
            }
          }
          ... on NoCreditsError {
            balance
            required
          }
        }
      }
    }
  `,
  [ResettableFields, OptionFields],
);

export const useRequestPasswordReset = () => useMutation(RequestPasswordReset);
