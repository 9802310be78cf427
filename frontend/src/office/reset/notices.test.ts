import { describe, expect, it } from "vitest";
import { context, dana, guardian, maria, minutesAgo, option, reset } from "../testing/world";
import { noticesFor } from "./notices";

describe("what to think of before sending one more link", () => {
  it("is nothing when nothing was sent", () => {
    expect(noticesFor(guardian(), "EMAIL", context)).toEqual([]);
  });

  it("is the link that is on its way", () => {
    const person = guardian({ options: [option({ recent: reset() }), option({ channel: "SMS" })] });
    expect(noticesFor(person, "EMAIL", context)).toEqual([
      "A reset email was sent 2 minutes ago by Dana Price and was delivered. A new link makes that one stop working.",
    ]);
  });

  it("is that another text costs another credit", () => {
    const recent = reset({ channel: "SMS", creditsSpent: 1 });
    const person = guardian({ options: [option(), option({ channel: "SMS", recent })], last: recent });
    expect(noticesFor(person, "SMS", context)).toEqual([
      "A reset SMS was sent 2 minutes ago by Dana Price and was delivered. A new link makes that one stop working and costs another credit.",
    ]);
  });

  it("is not a link that no longer works", () => {
    for (const state of ["USED", "EXPIRED", "SUPERSEDED", "REVOKED"] as const) {
      const recent = reset({ state });
      expect(noticesFor(guardian({ options: [option({ recent })], last: recent }), "EMAIL", context)).toEqual([]);
    }
  });

  it("is not a link whose time is over, even before the server says so", () => {
    const recent = reset({ expiresAt: minutesAgo(1) });
    expect(noticesFor(guardian({ options: [option({ recent })] }), "EMAIL", context)).toEqual([]);
  });

  it("is that the guardian asked", () => {
    const recent = reset({ requestedBy: maria, requestedAt: minutesAgo(5) });
    expect(noticesFor(guardian({ options: [option({ recent })] }), "SMS", context)).toEqual([
      "Maria used Forgot Password 5 minutes ago.",
    ]);
  });

  it("is a contact that staff changed, for its own channel only", () => {
    const contactChanges = [{ field: "email", changedAt: minutesAgo(10), changedBy: dana }];
    expect(noticesFor(guardian({ contactChanges }), "EMAIL", context)).toEqual([
      "The email address was changed 10 minutes ago by Dana Price. Make sure it is Maria who is asking.",
    ]);
    expect(noticesFor(guardian({ contactChanges }), "SMS", context)).toEqual([]);
  });
});
