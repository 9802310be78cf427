import { describe, expect, it } from "vitest";
import { standingOf, upcoming } from "./upcoming";

const version = (number: number, effectiveFrom: string) => ({ number, effectiveFrom });

describe("how a version stands", () => {
  const all = [version(4, "2026-06-01"), version(3, "2026-04-01"), version(2, "2026-05-01"), version(1, "2026-01-01")];

  it("is in effect, was, or will be", () => {
    expect(all.map((one) => standingOf(one, all, 3))).toEqual(["willBe", "inEffect", "overtaken", "was"]);
  });

  it("was in effect for the rest of a day on which the next one was published", () => {
    const sameDay = [version(2, "2026-01-01"), version(1, "2026-01-01")];
    expect(standingOf(version(1, "2026-01-01"), sameDay, 2)).toBe("was");
  });
});

describe("what comes next", () => {
  it("is the first that no later one overtakes", () => {
    const versions = [version(3, "2026-04-01"), version(2, "2026-05-01"), version(1, "2026-01-01")];
    expect(upcoming({ current: { number: 1 }, versions, retired: false })?.number).toBe(3);
  });

  it("is the first version of a policy that is not in effect yet, and nothing of a retired one", () => {
    const versions = [version(1, "2026-04-01")];
    expect(upcoming({ current: null, versions, retired: false })?.number).toBe(1);
    expect(upcoming({ current: null, versions, retired: true })).toBeNull();
  });

  it("is nothing while the newest is in effect", () => {
    expect(upcoming({ current: { number: 1 }, versions: [version(1, "2026-01-01")], retired: false })).toBeNull();
  });
});
