import { graphql } from "../../../shared/graphql/graphql";
import { useLanguage } from "../../../shared/i18n/i18n";
import { request } from "../../api/request";

const ResetPassword = graphql(`
  mutation ResetPassword($input: ResetPasswordInput!) {
    resetPassword(input: $input) {
      signInHint
      errors {
        __typename
        code
        message
        path
      }
    }
  }
`);

const AcceptInvitation = graphql(`
  mutation AcceptInvitation($input: AcceptInvitationInput!) {
    acceptInvitation(input: $input) {
      signInHint
      errors {
        __typename
        code
        message
        path
      }
    }
  }
`);

/** Uses a link or an invitation up. Nobody is signed in by it. */
export function useResetPassword() {
  const { locale } = useLanguage();
  return async (token: string, newPassword: string, invitation: boolean) => {
    const input = { token, newPassword };
    if (invitation) return (await request(AcceptInvitation, { input }, locale)).acceptInvitation;
    return (await request(ResetPassword, { input }, locale)).resetPassword;
  };
}
