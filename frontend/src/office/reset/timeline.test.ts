import { describe, expect, it } from "vitest";
import { context, inSeconds, minutesAgo, reset } from "../testing/world";
import type { FollowedReset } from "./model";
import { statusOf } from "./status";
import { timelineOf } from "./timeline";

type Happened = FollowedReset["timeline"][number];

const happened = (kind: Happened["kind"], at = minutesAgo(1), problem: Happened["problem"] = null) => ({
  kind,
  at,
  problem,
});
const requested = happened("REQUESTED", minutesAgo(2));
const sent = [requested, happened("SENT", minutesAgo(2)), happened("ACCEPTED", minutesAgo(1))];

function steps(changes: Partial<FollowedReset>): string[] {
  const one = reset(changes);
  return timelineOf(one, statusOf(one, context), context).map((s) => [s.state, s.text, s.time].join(" | "));
}

describe("the steps of a reset", () => {
  it("are what the server tells, and below it how long the link works", () => {
    expect(steps({ timeline: [...sent, happened("DELIVERED")] })).toEqual([
      "done | Requested by Dana Price | 2:12 PM",
      "done | Sent | 2:12 PM",
      "done | Taken by the message service | 2:13 PM",
      "done | Delivered | 2:13 PM",
      "now | Link works for 28 more minutes | until 2:42 PM",
    ]);
  });

  it("say what is going on", () => {
    expect(steps({ delivery: "QUEUED", sentAt: null, expiresAt: null, timeline: [requested] })).toEqual([
      "done | Requested by Dana Price | 2:12 PM",
      "now | Sending… | ",
    ]);
    expect(steps({ delivery: "SENT", expiresAt: inSeconds(50), timeline: sent }).slice(3)).toEqual([
      "now | Waiting for delivery | ",
      "now | Link works for 1 more minute | until 2:14 PM",
    ]);
    expect(steps({ delivery: "DELAYED", timeline: [...sent, happened("DELAYED")] })[3]).toBe(
      "now | Delayed. The provider keeps trying. | 2:13 PM",
    );
  });

  it("say what went wrong, and where", () => {
    const withdrawn = happened("LINK_WITHDRAWN");
    expect(
      steps({
        delivery: "FAILED",
        state: "REVOKED",
        timeline: [requested, happened("FAILED", minutesAgo(1), "PROVIDER_ERROR"), withdrawn],
      }).slice(1),
    ).toEqual(["failed | Not sent: the message service had a problem. | 2:13 PM", "failed | Link withdrawn | 2:13 PM"]);
    expect(
      steps({
        delivery: "NOT_DELIVERED",
        state: "REVOKED",
        timeline: [...sent, happened("NOT_DELIVERED", minutesAgo(1), "ADDRESS_NOT_FOUND"), withdrawn],
      })[3],
    ).toBe("failed | Not delivered: the email address does not exist. | 2:13 PM");
  });

  it.each([
    ["LINK_USED", "USED", "done | Link used | 2:13 PM"],
    ["LINK_EXPIRED", "EXPIRED", "failed | Link expired | 2:13 PM"],
    ["LINK_REPLACED", "SUPERSEDED", "failed | Replaced by a newer link | 2:13 PM"],
  ] as const)("end with %s: %s", (kind, state, words) => {
    expect(steps({ state, timeline: [...sent, happened(kind)] }).at(-1)).toBe(words);
  });

  it("tell the end of a link before the server is asked again, and leave out what is not known yet", () => {
    expect(steps({ expiresAt: minutesAgo(1) }).at(-1)).toBe("failed | Link expired | 2:13 PM");
    const unknown = { ...happened("SENT"), kind: "CARRIED_BY_PIGEON" as "SENT" };
    expect(steps({ timeline: [requested, unknown], state: "USED" })).toEqual([
      "done | Requested by Dana Price | 2:12 PM",
    ]);
  });

  it("give an invitation, which works for days, its day instead of minutes", () => {
    expect(steps({ expiresAt: inSeconds(7 * 24 * 3600) }).at(-1)).toMatch(
      /^now \| Link works \| until Mar 10, 3:14 PM$/,
    );
  });
});
