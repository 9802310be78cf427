import { useMutation } from "urql";
import { graphql } from "../../../shared/graphql/graphql";

const AddSmsCredits = graphql(`
  mutation AddSmsCredits($input: AddSmsCreditsInput!) {
    addSmsCredits(input: $input) {
      entry {
        id
      }
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

export const useAddSmsCredits = () => useMutation(AddSmsCredits);
