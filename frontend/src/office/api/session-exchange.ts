import type { CombinedError, Exchange, Operation } from "@urql/core";
import { filter, makeSubject, merge, pipe, tap } from "wonka";

/** Lets the screens know that the session is over, and the queries go on once it is back. */
export interface SessionWatch {
  onEnded(listener: () => void): () => void;
  /** Sends again what was held back; call after signing in as the same person. */
  renewed(): void;
}

export function isUnauthenticated(error: CombinedError | undefined): boolean {
  return error?.graphQLErrors.some((e) => e.extensions?.code === "UNAUTHENTICATED") ?? false;
}

/**
 * Holds queries that failed because nobody is signed in any more, so that their screens keep what they show,
 * and sends them again after signing in. Mutations are not repeated: whoever signs in decides that again.
 */
export function sessionExchange(): { exchange: Exchange; watch: SessionWatch } {
  const listeners = new Set<() => void>();
  const held = new Map<number, Operation>();
  const replay = makeSubject<Operation>();

  const exchange: Exchange =
    ({ forward }) =>
    (operations) =>
      pipe(
        merge([operations, replay.source]),
        tap((operation) => {
          if (operation.kind === "teardown") held.delete(operation.key);
        }),
        forward,
        filter((result) => {
          if (!isUnauthenticated(result.error)) return true;
          const holds = result.operation.kind === "query";
          if (holds) held.set(result.operation.key, result.operation);
          for (const listener of listeners) listener();
          return !holds;
        }),
      );

  return {
    exchange,
    watch: {
      onEnded(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      renewed() {
        const operations = [...held.values()];
        held.clear();
        for (const operation of operations) replay.next(operation);
      },
    },
  };
}
