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

/** Uses the link up. Nobody is signed in by it. */
export function useResetPassword() {
  const { locale } = useLanguage();
  return async (token: string, newPassword: string) =>
    (await request(ResetPassword, { input: { token, newPassword } }, locale)).resetPassword;
}
