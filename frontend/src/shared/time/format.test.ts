import { describe, expect, it } from "vitest";
import { clock, full, nextDay, relative, short, stamp, startOfDay, today } from "./format";

const at = new Date("2026-03-03T20:14:00Z");
const zone = "America/Chicago";

describe("times", () => {
  it("are in the business's time zone, with its abbreviation when written out", () => {
    expect(clock(at, zone, "en")).toBe("2:14 PM");
    expect(full(at, zone, "en")).toBe("Mar 3, 2026, 2:14 PM CST");
    expect(clock(at, zone, "es")).toBe("14:14");
  });

  it("inside a sentence have no comma of their own", () => {
    expect(stamp(at, zone, "en")).toBe("Mar 3, 2026 2:14 PM CST");
    expect(stamp(at, zone, "es")).toMatch(/^3 mar 2026 14:14 \S+$/);
  });

  it("know which day it is at the business, not where the browser is", () => {
    expect(today(new Date("2026-03-04T05:00:00Z"), zone)).toBe("2026-03-03");
    expect(today(new Date("2026-03-04T05:00:00Z"), "UTC")).toBe("2026-03-04");
  });

  it("leave the day out on the same day of the business", () => {
    expect(short(at, new Date("2026-03-04T05:00:00Z"), zone, "en")).toBe("2:14 PM");
    expect(short(at, new Date("2026-03-04T07:00:00Z"), zone, "en")).toBe("Mar 3, 2:14 PM");
  });

  it.each([
    [30, "30 seconds ago"],
    [120, "2 minutes ago"],
    [3599, "59 minutes ago"],
    [3600, null],
    [-30, "1 second ago"],
    [-300, null],
  ])("%i seconds old is %s", (age, words) => {
    expect(relative(at, new Date(at.getTime() + age * 1000), "en")).toBe(words);
  });

  it.each([
    ["2026-03-03", "2026-03-03T06:00:00.000Z"],
    ["2026-03-08", "2026-03-08T06:00:00.000Z"],
    ["2026-03-09", "2026-03-09T05:00:00.000Z"],
    ["2026-11-01", "2026-11-01T05:00:00.000Z"],
    ["2026-11-02", "2026-11-02T06:00:00.000Z"],
  ])("the day %s begins at %s, also around the days on which clocks change", (date, instant) => {
    expect(startOfDay(date, zone).toISOString()).toBe(instant);
  });

  it("the day after the last of a month is the first of the next", () => {
    expect(nextDay("2026-02-28")).toBe("2026-03-01");
  });
});
