import { CombinedError } from "@urql/core";
import { describe, expect, it } from "vitest";
import { outcomeOfError } from "./attempt";

const lost = new CombinedError({ networkError: new Error("no answer") });
const answered = (extensions: Record<string, unknown>) =>
  new CombinedError({ graphQLErrors: [{ message: "no", extensions }] });

describe("outcomeOfError", () => {
  it("says that somebody is offline, and that it is not known without an answer", () => {
    expect(outcomeOfError(lost, false)).toEqual({ kind: "unknown", offline: true });
    expect(outcomeOfError(lost, true)).toEqual({ kind: "unknown", offline: false });
  });

  it("believes an answer whatever the browser says of the network", () => {
    expect(outcomeOfError(answered({ code: "INTERNAL" }), false)).toEqual({ kind: "unknown", offline: false });
    expect(outcomeOfError(answered({ code: "UNAUTHENTICATED" }), false)).toEqual({ kind: "signedOut" });
    expect(outcomeOfError(answered({ code: "RATE_LIMITED" }), true)).toEqual({ kind: "refused", aboutReason: false });
  });
});
