import { describe, expect, it } from "vitest";
import { context, inSeconds, minutesAgo, reset } from "../testing/world";
import { statusOf } from "./status";
import { timelineOf } from "./timeline";

function steps(changes: Parameters<typeof reset>[0]): string[] {
  const one = reset(changes);
  return timelineOf(one, statusOf(one, context), context).map((s) => [s.state, s.text, s.time].join(" | "));
}

describe("the steps of a reset", () => {
  it("begin with who asked, and end with how long the link works", () => {
    expect(steps({})).toEqual([
      "done | Requested by Dana Price | 2:12 PM",
      "done | Sent | 2:12 PM",
      "done | Delivered | 2:13 PM",
      "now | Link works for 28 more minutes | until 2:42 PM",
    ]);
  });

  it("say what is going on", () => {
    expect(steps({ delivery: "QUEUED", sentAt: null, expiresAt: null })).toEqual([
      "done | Requested by Dana Price | 2:12 PM",
      "now | Sending… | ",
    ]);
    expect(steps({ delivery: "SENT", expiresAt: inSeconds(50) }).slice(2)).toEqual([
      "now | Waiting for delivery | ",
      "now | Link works for 1 more minute | until 2:14 PM",
    ]);
    expect(steps({ delivery: "DELAYED" })[2]).toBe("now | Delayed. The provider keeps trying. | 2:13 PM");
  });

  it("say what went wrong, and where", () => {
    expect(steps({ delivery: "FAILED", deliveryProblem: "PROVIDER_ERROR", state: "REVOKED" }).slice(1)).toEqual([
      "failed | Not sent: the message service had a problem. | 2:13 PM",
      "failed | Link withdrawn | ",
    ]);
    expect(
      steps({ delivery: "NOT_DELIVERED", deliveryProblem: "ADDRESS_NOT_FOUND", state: "REVOKED" }).slice(1, 3),
    ).toEqual(["done | Sent | 2:12 PM", "failed | Not delivered: the email address does not exist. | 2:13 PM"]);
  });

  it.each([
    [{ state: "USED", usedAt: minutesAgo(1) }, "done | Link used 2:13 PM | "],
    [{ state: "EXPIRED" }, "failed | Link expired | "],
    [{ state: "ACTIVE", expiresAt: minutesAgo(0) }, "failed | Link expired | "],
    [{ state: "SUPERSEDED" }, "failed | Replaced by a newer link | "],
  ] as const)("end with %o: %s", (changes, words) => {
    expect(steps(changes).at(-1)).toBe(words);
  });
});
