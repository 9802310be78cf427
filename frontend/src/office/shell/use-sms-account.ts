import { useQuery } from "urql";
import { graphql } from "../../shared/graphql/graphql";

/** The SMS credits of the business. */
export const SmsAccountQuery = graphql(`
  query SmsAccount {
    smsAccount {
      id
      enabled
      balance
    }
  }
`);

/** The SMS credits of the business; undefined while unknown. */
export function useSmsAccount() {
  const [{ data }] = useQuery({ query: SmsAccountQuery, requestPolicy: "cache-first" });
  return data?.smsAccount;
}
