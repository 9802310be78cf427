import { describe, expect, it } from "vitest";
import { context, inSeconds } from "../testing/world";
import { reasonText, secondsLeft } from "./reasons";

const maria = { ...context, guardian: "Maria Lopez" };
const say = (unavailable: string, more: object = {}) =>
  reasonText({ unavailable, message: null, retryAt: null, ...more } as never, maria);

describe("why an item of the Actions menu can't be used", () => {
  it.each([
    ["NO_PERMISSION", "You don't have permission to send this. Ask an administrator."],
    ["CANNOT_LOG_IN", "Maria can't log in to the Customer Portal."],
    ["NO_EMAIL", "No email address on this profile."],
    ["NO_PHONE", "No mobile number on this profile."],
    ["EMAIL_BOUNCED", "This email address does not exist. Edit the address first."],
    ["PHONE_NOT_MOBILE", "This number can't receive text messages."],
    ["PHONE_OPTED_OUT", "This number has opted out of text messages (STOP)."],
    ["SMS_DISABLED", "Text messaging is turned off for this account."],
    ["NO_CREDITS", "No SMS credits left."],
    ["SECOND_STAFF_REQUIRED", "You changed this contact. Someone else in the office has to send the link."],
  ])("%s is told in its own words", (code, words) => {
    expect(say(code)).toBe(words);
  });

  it("COOLDOWN counts down", () => {
    expect(say("COOLDOWN", { retryAt: inSeconds(40) })).toBe("Sent just now. You can send again in 40 seconds.");
    expect(say("COOLDOWN", { retryAt: inSeconds(0.2) })).toBe("Sent just now. You can send again in 1 second.");
  });

  it("LIMIT_REACHED is the server's sentence: only it knows the number", () => {
    const message = "5 resets were sent in the last hour. Try again at 3:10 PM.";
    expect(say("LIMIT_REACHED", { message, retryAt: inSeconds(3360) })).toBe(message);
  });

  it("LIMIT_REACHED without a sentence still says when, in the business's time", () => {
    expect(say("LIMIT_REACHED", { retryAt: inSeconds(3360) })).toBe("Too many resets were sent. Try again at 3:10 PM.");
  });

  it("a reason that is newer than this screen shows the server's words", () => {
    expect(say("MOON_PHASE", { message: "Not at full moon." })).toBe("Not at full moon.");
    expect(say("MOON_PHASE")).toBe("This can't be sent at the moment.");
  });

  it("says nothing when the item can be used", () => {
    expect(reasonText({ unavailable: null, message: null, retryAt: null }, maria)).toBe("");
  });

  it("never counts below one second while the server says no", () => {
    expect(secondsLeft(inSeconds(-5), context.now)).toBe(1);
    expect(secondsLeft(null, context.now)).toBe(1);
  });
});
