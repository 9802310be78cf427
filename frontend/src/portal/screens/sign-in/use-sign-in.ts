import { graphql } from "../../../shared/graphql/graphql";
import { useLanguage } from "../../../shared/i18n/i18n";
import { request } from "../../api/request";

const SignIn = graphql(`
  mutation GuardianSignIn($input: SignInInput!) {
    signIn(input: $input) {
      viewer {
        actor {
          __typename
        }
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

/** Signs a guardian in at one business; the session itself is a cookie that scripts can't read. */
export function useSignIn() {
  const { locale } = useLanguage();
  return async (input: { business: string; email: string; password: string }) =>
    (await request(SignIn, { input }, locale)).signIn;
}
