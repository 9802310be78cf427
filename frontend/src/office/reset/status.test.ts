import { describe, expect, it } from "vitest";
import { context, inSeconds, minutesAgo, reset } from "../testing/world";
import { statusOf } from "./status";

const line = (changes: Parameters<typeof reset>[0]) => statusOf(reset(changes), context).parts.join(" · ");

describe("the status line", () => {
  it("tells what, when, who, how far and what of the link", () => {
    expect(line({ channel: "SMS", requestedAt: context.now.toISOString(), expiresAt: inSeconds(1800) })).toBe(
      "Password reset SMS · 2:14 PM by Dana Price · Delivered · Link expires 2:44 PM",
    );
  });

  it.each([
    ["QUEUED", null, "Sending…", null],
    ["SENDING", null, "Sending…", null],
    ["SENT", null, "Sent. Waiting for delivery.", null],
    ["DELIVERED", null, "Delivered", null],
    ["DELAYED", null, "Delayed. The provider keeps trying.", null],
    ["NOT_DELIVERED", "ADDRESS_NOT_FOUND", "Not delivered: the email address does not exist.", "editEmail"],
    ["NOT_DELIVERED", "MAILBOX_UNAVAILABLE", "Not delivered: the mailbox refused the message.", "useSms"],
    ["NOT_DELIVERED", "REJECTED_AS_SPAM", "Not delivered: the mailbox refused the message.", "useSms"],
    ["NOT_DELIVERED", "SUPPRESSED", "Not delivered: the email service blocks this address.", "useSms"],
    ["NOT_DELIVERED", "NUMBER_INVALID", "Not delivered: the number can't receive this message.", "editPhone"],
    ["NOT_DELIVERED", "CARRIER_BLOCKED", "Not delivered: the number can't receive this message.", "editPhone"],
    ["NOT_DELIVERED", "PHONE_UNREACHABLE", "Not delivered: the phone is off or out of reach.", null],
    ["NOT_DELIVERED", "OPTED_OUT", "Not delivered: this number has opted out.", null],
    ["FAILED", "PROVIDER_ERROR", "Not sent: the message service had a problem.", "tryAgain"],
  ] as const)("says of %s %s: %s", (delivery, deliveryProblem, words, action) => {
    const status = statusOf(reset({ delivery, deliveryProblem }), context);
    expect(status.delivery).toBe(words);
    expect(status.action).toBe(action);
  });

  it("stops waiting for a report after two minutes", () => {
    expect(statusOf(reset({ delivery: "SENT", deliveryUpdatedAt: minutesAgo(3) }), context).delivery).toBe(
      "No delivery report yet.",
    );
  });

  it("tells of the credit of a text that did not arrive, as the ledger has it", () => {
    const failed = { channel: "SMS", delivery: "NOT_DELIVERED", deliveryProblem: "OPTED_OUT" } as const;
    expect(line({ ...failed, creditsSpent: 0 })).toContain("has opted out. The credit was returned.");
    expect(line({ ...failed, creditsSpent: 1 })).toContain("has opted out. The credit is held.");
    expect(line({ ...failed, channel: "EMAIL" })).not.toContain("credit");
  });

  it.each([
    [{ state: "ACTIVE", expiresAt: minutesAgo(1) }, "Link expired"],
    [{ state: "EXPIRED" }, "Link expired"],
    [{ state: "USED", usedAt: minutesAgo(4) }, "Link used 2:10 PM"],
    [{ state: "SUPERSEDED" }, "Replaced by a newer link"],
  ] as const)("says what became of the link: %o", (changes, words) => {
    expect(statusOf(reset(changes), context).link).toBe(words);
  });
});
