import { describe, expect, it } from "vitest";
import { placeholders } from "../../shared/i18n/format";
import { catalog as en } from "./all-en";
import { catalog as es } from "./all-es";

describe("the catalogs of the Customer Portal", () => {
  it("have the same keys in every language", () => {
    expect(Object.keys(es).sort()).toEqual(Object.keys(en).sort());
  });

  it.each(Object.keys(en) as (keyof typeof en)[])("%s has the same placeholders and words in both", (key) => {
    expect(placeholders(es[key])).toEqual(placeholders(en[key]));
    expect(es[key].trim()).not.toBe("");
  });
});
