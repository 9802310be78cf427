import type { Client } from "@urql/core";
import { useEffect, useRef, useState } from "react";
import { useClient } from "urql";
import { pipe, subscribe } from "wonka";
import { graphql } from "../../shared/graphql/graphql";
import { SmsAccountQuery } from "../shell/use-sms-account";
import { FollowedResetFields } from "./fields";
import { LiveSeat, type Open } from "./live-seat";
import type { Reset } from "./model";
import { isFinal } from "./polling";
import { useResetPolling } from "./use-reset-polling";

const ResetUpdates = graphql(
  `
    subscription ResetUpdates($id: ID!) {
      passwordResetUpdated(id: $id) {
        id
        ...FollowedReset
      }
    }
  `,
  [FollowedResetFields],
);

// What a stream brings lands in the cache, from where the card shows it. An answer without a stream is an error.
const openOn =
  (client: Client): Open =>
  (id, on) => {
    const stream = pipe(
      client.subscription(ResetUpdates, { id }),
      subscribe((result) => {
        if (result.data && !result.error && result.hasNext) on.value();
        else {
          on.end();
          queueMicrotask(() => stream.unsubscribe());
        }
      }),
    );
    return stream.unsubscribe;
  };

const seats = new WeakMap<Client, LiveSeat>();

function seatOn(client: Client): LiveSeat {
  const seat = seats.get(client) ?? new LiveSeat(openOn(client));
  seats.set(client, seat);
  return seat;
}

/**
 * Keeps a reset up to date until nothing about it can change: by a stream, and by looking again where there is
 * none, because another reset on the screen is newer or something on the way lets no stream through.
 */
export function useLiveReset(reset: Reset): void {
  const client = useClient();
  const [live, setLive] = useState(false);
  const id = isFinal(reset) ? null : reset.id;
  const { requestedAt, channel, creditsSpent } = reset;
  useEffect(() => {
    if (!id) return;
    const leave = seatOn(client).join({ id, requestedAt, tell: setLive });
    return () => {
      leave();
      setLive(false);
    };
  }, [id, requestedAt, client]);
  useResetPolling(live ? null : reset);

  // A text that does not arrive gives its credit back.
  const paid = `${reset.id} ${creditsSpent}`;
  const last = useRef(paid);
  useEffect(() => {
    const before = last.current.split(" ");
    last.current = paid;
    const [now, spent] = paid.split(" ");
    if (channel === "SMS" && before[0] === now && before[1] !== spent) {
      void client.query(SmsAccountQuery, {}, { requestPolicy: "network-only" }).toPromise();
    }
  }, [paid, channel, client]);
}
