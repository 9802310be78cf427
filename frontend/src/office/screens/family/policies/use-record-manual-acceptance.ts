import { useMutation } from "urql";
import { graphql } from "../../../../shared/graphql/graphql";
import { FamilyPoliciesFields } from "./fields";

const RecordManualAcceptance = graphql(
  `
    mutation RecordManualAcceptance($input: RecordManualAcceptanceInput!) {
      recordManualAcceptance(input: $input) {
        acceptance {
          id
        }
        family {
          id
          ...FamilyPolicies
        }
        errors {
          __typename
          code
          message
          path
        }
      }
    }
  `,
  [FamilyPoliciesFields],
);

export const useRecordManualAcceptance = () => useMutation(RecordManualAcceptance);
