import { useMutation } from "urql";
import { graphql } from "../../shared/graphql/graphql";

const SignOut = graphql(`
  mutation StaffSignOut {
    signOut {
      signedOut
      errors {
        code
        message
        path
      }
    }
  }
`);

export const useSignOut = () => useMutation(SignOut);
