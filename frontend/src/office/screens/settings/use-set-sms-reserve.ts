import { useMutation } from "urql";
import { graphql } from "../../../shared/graphql/graphql";

const SetSmsReserve = graphql(`
  mutation SetSmsReserve($input: SetSmsReserveInput!) {
    setSmsReserve(input: $input) {
      smsAccount {
        id
        reserve
        lowAt
        low
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const useSetSmsReserve = () => useMutation(SetSmsReserve);
