import { beforeEach, describe, expect, it } from "vitest";
import { dropSecret, keptSecret, secretIn, takeSecret } from "./secret";

const secret = "abcdefghijklmnopqrstuvwx27";

describe("the secret of a link", () => {
  it.each([
    ["in the fragment", "/r", `#${secret}`, secret],
    ["in the fragment after a slash", "/r/", `#${secret}`, secret],
    ["in the path, as some mail gateways write it", `/r%23${secret}`, "", secret],
    ["in the path, decoded", `/r#${secret}`, "", secret],
    ["with the full stop of a sentence after it", "/r", `#${secret}.`, secret],
    ["with a bracket after it", "/r", `#${secret}).`, secret],
    ["missing", "/r", "", ""],
    ["empty", "/r", "#", ""],
    ["cut off", "/r", "#abcdef", ""],
    ["something else", "/r", "#<script>alert(1)</script>", ""],
    ["longer than any", "/r", `#${"a".repeat(200)}`, ""],
    ["on another page", "/portal/sunrise", `#${secret}`, ""],
  ])("is found when it is %s", (_, pathname, hash, expected) => {
    expect(secretIn({ pathname, hash })).toBe(expected);
  });
});

describe("taking the secret", () => {
  beforeEach(() => {
    window.history.replaceState(null, "", "/");
  });

  it("removes it from the address bar and keeps it for this tab", () => {
    window.history.replaceState(null, "", `/r#${secret}`);
    takeSecret();
    expect(window.location.href).not.toContain(secret);
    expect(window.location.pathname).toBe("/r");
    expect(keptSecret()).toBe(secret);
  });

  it("still has it after a reload", () => {
    window.history.replaceState(null, "", `/r#${secret}`);
    takeSecret();
    takeSecret();
    expect(keptSecret()).toBe(secret);
  });

  it("forgets an older one when the new link is broken", () => {
    window.history.replaceState(null, "", `/r#${secret}`);
    takeSecret();
    window.history.replaceState(null, "", "/r#broken");
    takeSecret();
    expect(keptSecret()).toBe("");
  });

  it("leaves other pages alone", () => {
    window.history.replaceState(null, "", "/portal/sunrise#students");
    takeSecret();
    expect(window.location.hash).toBe("#students");
  });

  it("is over once the link is used", () => {
    window.history.replaceState(null, "", `/r#${secret}`);
    takeSecret();
    dropSecret();
    expect(keptSecret()).toBe("");
  });
});
