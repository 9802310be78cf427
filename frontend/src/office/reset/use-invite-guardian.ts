import { useMutation } from "urql";
import { graphql } from "../../shared/graphql/graphql";
import { OptionFields, ResettableFields } from "./fields";

/** Sends an invitation. The guardian is read again with the answer, so that card and menu show what is true now. */
const InviteGuardian = graphql(
  `
    mutation InviteGuardian($input: InviteGuardianInput!) {
      inviteGuardian(input: $input) {
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

export const useInviteGuardian = () => useMutation(InviteGuardian);
