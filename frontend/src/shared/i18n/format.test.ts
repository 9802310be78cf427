import { describe, expect, it } from "vitest";
import { format, placeholders } from "./format";

describe("format", () => {
  it.each([
    ["fills names in", "Actions for {name}", { name: "Maria Lopez" }, "Actions for Maria Lopez"],
    ["counts one", "{count, plural, one {# credit} other {# credits}}", { count: 1 }, "1 credit"],
    [
      "counts many, with separators",
      "{count, plural, one {# credit} other {# credits}}",
      { count: 1234 },
      "1,234 credits",
    ],
    ["counts none as other", "{count, plural, one {# entry} other {# entries}}", { count: 0 }, "0 entries"],
    ["prefers an exact number", "{count, plural, =0 {none} one {# one} other {# many}}", { count: 0 }, "none"],
    [
      "keeps text around a plural",
      "You have {n, plural, one {# credit} other {# credits}}; {left} left.",
      { n: 42, left: 41 },
      "You have 42 credits; 41 left.",
    ],
    ["shows a value that looks like a placeholder as it is", "{a} and {b}", { a: "{b}", b: "x" }, "{b} and x"],
  ])("%s", (_, message, values, expected) => {
    expect(format(message, values as Record<string, string | number>, "en")).toBe(expected);
  });

  it("sets a right-to-left name apart where a number may follow, and only there", () => {
    const name = "נועה כהן";
    expect(format("Aceptado por {name}, {date}", { name, date: "3 mar 2026" }, "es")).toBe(
      `Aceptado por \u2068${name}\u2069, 3 mar 2026`,
    );
    expect(format("{name}: 5 texts", { name }, "en")).toBe(`\u2068${name}\u2069: 5 texts`);
    expect(format("Actions for {name}", { name }, "en")).toBe(`Actions for ${name}`);
    expect(format("Only {name} can choose.", { name }, "en")).toBe(`Only ${name} can choose.`);
    expect(format("by {name}.", { name }, "en")).toBe(`by ${name}.`);
    expect(format("by {name}, {date}", { name: "Dana Price", date: "3 mar" }, "es")).toBe("by Dana Price, 3 mar");
  });

  it("refuses a plural without other", () => {
    expect(() => format("{n, plural, one {x}}", { n: 1 }, "en")).toThrow(SyntaxError);
  });

  it("finds placeholders inside plural branches", () => {
    expect(placeholders("{count, plural, one {# by {name}} other {# by {name}}} {time}")).toEqual([
      "count",
      "name",
      "time",
    ]);
  });
});
