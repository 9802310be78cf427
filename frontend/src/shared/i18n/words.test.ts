import { describe, expect, it } from "vitest";
import { placeholders } from "./format";
import type { Catalog } from "./i18n";
import { type Words, words } from "./words";

/** Every `words.ts` of a screen exports its words as `words`. */
const files = import.meta.glob<{ words: Words<Catalog> }>(["../../office/**/words.ts", "../../portal/**/words.ts"], {
  eager: true,
});

describe.each(Object.entries(files))("%s", (_, { words }) => {
  it("has the same keys and placeholders in both languages, and no empty text", () => {
    expect(Object.keys(words.es).sort()).toEqual(Object.keys(words.en).sort());
    for (const [key, text] of Object.entries(words.en)) {
      expect(placeholders(words.es[key] ?? "")).toEqual(placeholders(text));
      expect(words.es[key]?.trim()).not.toBe("");
    }
  });
});

it("keeps both languages", () => {
  expect(words({ hello: "Hello {name}" }, { hello: "Hola {name}" }).es.hello).toBe("Hola {name}");
});
