import { useMutation } from "urql";
import { graphql } from "../../../../shared/graphql/graphql";
import { ResettableFields } from "../../../reset/fields";

const ClearContactMark = graphql(
  `
    mutation ClearContactMark($input: ClearContactMarkInput!) {
      clearContactMark(input: $input) {
        guardian {
          id
          contactMarks {
            channel
            message
          }
          ...Resettable
        }
        errors {
          code
          message
          path
        }
      }
    }
  `,
  [ResettableFields],
);

export const useClearContactMark = () => useMutation(ClearContactMark);
