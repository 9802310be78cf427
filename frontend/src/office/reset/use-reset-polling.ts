import { useEffect, useRef } from "react";
import { useClient } from "urql";
import { graphql } from "../../shared/graphql/graphql";
import { FollowedResetFields } from "./fields";
import type { Reset } from "./model";
import { isFinal, nextDelay } from "./polling";

const ResetQuery = graphql(
  `
    query Reset($id: ID!, $sms: Boolean!) {
      node(id: $id) {
        __typename
        ... on PasswordResetRequest {
          id
          ...FollowedReset
        }
      }
      smsAccount @include(if: $sms) {
        id
        balance
      }
    }
  `,
  [FollowedResetFields],
);

/**
 * Looks at a reset again until nothing can change: after 2, 4 and 8 seconds, then every 15, while the page is
 * visible and for 5 minutes at most. The answer lands in the cache, from where the card shows it.
 */
export function useResetPolling(reset: Reset | null): void {
  const client = useClient();
  const latest = useRef(reset);
  latest.current = reset;
  const id = reset && !isFinal(reset) ? reset.id : null;
  // A text that does not arrive gives its credit back: the balance is read with it.
  const sms = reset?.channel === "SMS";

  useEffect(() => {
    if (!id) return;
    const started = Date.now();
    let looks = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let subscription: { unsubscribe(): void } | undefined;

    const plan = () => {
      clearTimeout(timer);
      const delay = nextDelay(looks, Date.now() - started);
      if (delay !== null && document.visibilityState === "visible") timer = setTimeout(look, delay);
    };
    const look = () => {
      looks++;
      subscription?.unsubscribe();
      let answered = false;
      subscription = client.query(ResetQuery, { id, sms }, { requestPolicy: "network-only" }).subscribe((result) => {
        if (result.stale || answered) return;
        answered = true;
        if (!latest.current || !isFinal(latest.current)) plan();
      });
    };
    plan();
    document.addEventListener("visibilitychange", plan);
    return () => {
      clearTimeout(timer);
      subscription?.unsubscribe();
      document.removeEventListener("visibilitychange", plan);
    };
  }, [id, sms, client]);
}
