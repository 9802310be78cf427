import type { CombinedError } from "@urql/core";

export interface Problem {
  /** `unknown`: nobody can say whether what was asked for was done. */
  kind: "offline" | "unreachable" | "forbidden" | "session" | "limited" | "input" | "unknown" | "server";
  /** Reference number to tell whoever runs the server; null when no answer came. */
  requestId: string | null;
}

/** What a failed request means for the person in front of the screen. */
export function problemOf(error: CombinedError, online = navigator.onLine): Problem {
  const first = error.graphQLErrors[0];
  if (!first) return { kind: online ? "unreachable" : "offline", requestId: null };
  const id = first.extensions?.requestId;
  const requestId = typeof id === "string" ? id : null;
  switch (first.extensions?.code) {
    case "FORBIDDEN":
      return { kind: "forbidden", requestId };
    case "UNAUTHENTICATED":
      return { kind: "session", requestId };
    case "BAD_USER_INPUT":
      return { kind: "input", requestId };
    case "RATE_LIMITED":
      return { kind: "limited", requestId };
    default:
      return { kind: first.extensions?.outcome === "UNKNOWN" ? "unknown" : "server", requestId };
  }
}
