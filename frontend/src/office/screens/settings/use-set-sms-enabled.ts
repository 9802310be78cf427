import { useMutation } from "urql";
import { graphql } from "../../../shared/graphql/graphql";

const SetSmsEnabled = graphql(`
  mutation SetSmsEnabled($input: SetSmsEnabledInput!) {
    setSmsEnabled(input: $input) {
      smsAccount {
        id
        enabled
        balance
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const useSetSmsEnabled = () => useMutation(SetSmsEnabled);
