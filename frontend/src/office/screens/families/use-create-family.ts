import { useMutation } from "urql";
import { graphql } from "../../../shared/graphql/graphql";

const CreateFamily = graphql(`
  mutation CreateFamily($input: CreateFamilyInput!) {
    createFamily(input: $input) {
      family {
        id
        name
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const useCreateFamily = () => useMutation(CreateFamily);
