import { graphql } from "../../../shared/graphql/graphql";
import { useLanguage } from "../../../shared/i18n/i18n";
import { request } from "../../api/request";

const AcceptPolicies = graphql(`
  mutation AcceptPolicies($input: AcceptPoliciesInput!) {
    acceptPolicies(input: $input) {
      acceptances {
        id
      }
      errors {
        __typename
        code
        message
        path
      }
    }
  }
`);

/** Accepts exactly the versions that were on the screen: all of them or none. */
export function useAcceptPolicies() {
  const { locale } = useLanguage();
  return async (items: { policyVersionId: string; studentId: string | null }[]) =>
    (await request(AcceptPolicies, { input: { items } }, locale)).acceptPolicies;
}
