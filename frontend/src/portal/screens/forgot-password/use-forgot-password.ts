import { graphql } from "../../../shared/graphql/graphql";
import { useLanguage } from "../../../shared/i18n/i18n";
import { request } from "../../api/request";

const ForgotPassword = graphql(`
  mutation ForgotPassword($input: ForgotPasswordInput!) {
    forgotPassword(input: $input) {
      accepted
      errors {
        code
        message
        path
      }
    }
  }
`);

/** Asks for a link. The answer is the same whether or not the address is known. */
export function useForgotPassword() {
  const { locale } = useLanguage();
  return async (business: string, email: string) =>
    (await request(ForgotPassword, { input: { business, email, locale } }, locale)).forgotPassword;
}
