import type { CombinedError } from "@urql/core";
import type { ResetOption } from "./model";

/** How an attempt to send ended. */
export type Outcome =
  | { kind: "sent" }
  /** The server refused: nothing was sent. */
  | { kind: "refused"; option?: ResetOption; code?: string; message?: string; aboutReason: boolean }
  /** No answer came, or one that does not tell: asking again with the same key is safe. */
  | { kind: "unknown"; offline: boolean }
  | { kind: "signedOut" };

/**
 * What a failed request leaves behind. Only an answer that stopped before the work proves that nothing was
 * sent; a lost connection or a broken server may have come after it.
 */
export function outcomeOfError(error: CombinedError, online = navigator.onLine): Outcome {
  const code = error.graphQLErrors[0]?.extensions?.code;
  switch (code) {
    case "UNAUTHENTICATED":
      return { kind: "signedOut" };
    case "FORBIDDEN":
    case "BAD_USER_INPUT":
    case "RATE_LIMITED":
    case "COST_LIMIT":
    case "DOCUMENT_NOT_TRUSTED":
      return { kind: "refused", aboutReason: false };
    default:
      return { kind: "unknown", offline: !online && error.graphQLErrors.length === 0 };
  }
}
