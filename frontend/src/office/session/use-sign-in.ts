import { useMutation } from "urql";
import { graphql } from "../../shared/graphql/graphql";

const SignIn = graphql(`
  mutation StaffSignIn($input: SignInInput!) {
    signIn(input: $input) {
      viewer {
        pending
        actor {
          __typename
          ... on Staff {
            id
          }
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

/** Signs a staff member in; the session itself is a cookie that scripts can't read. */
export const useSignIn = () => useMutation(SignIn);
