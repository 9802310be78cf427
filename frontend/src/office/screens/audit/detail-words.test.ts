import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { detailName, detailValue, detailWords } from "./detail-words";

const say = (key: keyof typeof detailWords.en) => detailWords.en[key];

it("every detail that the server records has words", () => {
  const server = join(process.cwd(), "internal");
  const files = readdirSync(server, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".go") && !file.endsWith("_test.go"),
  );
  const keys = new Set<string>();
  for (const file of files) {
    const text = readFileSync(join(server, file), "utf8");
    if (!text.includes("schematype.Detail")) continue;
    for (const [, key] of text.matchAll(/\bKey: "(\w+)"|\bc\.change\("(\w+)"/g)) if (key) keys.add(key);
  }
  expect(keys.size).toBeGreaterThan(20);
  expect([...keys].filter((key) => !(key in detailWords.en))).toEqual([]);
});

it("what is not known is shown as it is", () => {
  expect(detailName("destination", say)).toBe("Sent to");
  expect(detailName("somethingNew", say)).toBe("somethingNew");
  expect([detailValue("yes", say), detailValue("false", say), detailValue("HELD", say)]).toEqual(["Yes", "No", "HELD"]);
});
