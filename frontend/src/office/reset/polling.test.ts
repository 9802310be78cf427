import { describe, expect, it } from "vitest";
import { isFinal, nextDelay } from "./polling";

describe("looking at a message on its way", () => {
  it("happens after 2, 4 and 8 seconds, then every 15, for 5 minutes at most", () => {
    const delays: number[] = [];
    let watched = 0;
    for (let delay = nextDelay(0, 0); delay !== null; delay = nextDelay(delays.length, watched)) {
      delays.push(delay);
      watched += delay;
    }
    expect(delays.slice(0, 5)).toEqual([2000, 4000, 8000, 15_000, 15_000]);
    expect(watched).toBeLessThanOrEqual(300_000);
    expect(watched).toBeGreaterThan(280_000);
  });

  it.each([
    ["goes on while it is sent", "SENT", "ACTIVE", false],
    ["goes on while a delivered link can still be used", "DELIVERED", "ACTIVE", false],
    ["goes on while the provider keeps trying", "DELAYED", "EXPIRED", false],
    ["ends when the link was used", "DELIVERED", "USED", true],
    ["ends when it was not delivered and the link is withdrawn", "NOT_DELIVERED", "REVOKED", true],
    ["ends when it was not sent", "FAILED", "REVOKED", true],
  ] as const)("%s", (_, delivery, state, final) => {
    expect(isFinal({ delivery, state })).toBe(final);
  });
});
