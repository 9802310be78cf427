import { describe, expect, it } from "vitest";
import { format, placeholders } from "../../shared/i18n/format";
import { catalog as en } from "./all-en";
import { catalog as es } from "./all-es";

describe("the catalogs of the Office Portal", () => {
  it("have the same keys in every language", () => {
    expect(Object.keys(es).sort()).toEqual(Object.keys(en).sort());
  });

  it.each(Object.keys(en) as (keyof typeof en)[])("%s has the same placeholders and words in both", (key) => {
    expect(placeholders(es[key])).toEqual(placeholders(en[key]));
    expect(es[key].trim()).not.toBe("");
  });

  it("count properly in Spanish", () => {
    expect(format(es["families.count"], { count: 1 }, "es")).toBe("1 familia");
    expect(format(es["families.count"], { count: 2 }, "es")).toBe("2 familias");
  });

  it("say via in small letters, everywhere", () => {
    expect(en["actions.EMAIL"]).toBe("Reset Password via Email");
    expect(en["actions.SMS"]).toBe("Reset Password via SMS");
    expect(JSON.stringify(en)).not.toMatch(/Via /);
  });
});
