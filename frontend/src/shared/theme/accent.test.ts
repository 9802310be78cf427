import { describe, expect, it } from "vitest";
import { accentOf, accentStyle, contrastOf } from "./accent";

// Colours that the server takes, from those that just carry white words to black.
const colours = ["#000000", "#1d4f91", "#767676", "#b3261e", "#9c27b0", "#00796b", "#0000ff", "#7a5c00", "#d6006d"];

describe("a business's colour", () => {
  it.each(colours)("%s is read by day and by night", (colour) => {
    const accent = accentOf(colour);
    if (!accent) throw new Error("no accent");
    const { light, dark } = accent;
    for (const paper of ["#ffffff", "#f6f5f3", "#efeeeb", light.soft]) {
      expect(contrastOf(light.accent, paper), `${light.accent} on ${paper}`).toBeGreaterThanOrEqual(4.5);
    }
    for (const paper of ["#141517", "#1c1e20", "#24262a", dark.soft]) {
      expect(contrastOf(dark.accent, paper), `${dark.accent} on ${paper}`).toBeGreaterThanOrEqual(4.5);
    }
    for (const button of [light.accent, light.hover]) expect(contrastOf(button, "#ffffff")).toBeGreaterThanOrEqual(4.5);
    for (const button of [dark.accent, dark.hover]) expect(contrastOf(button, dark.ink)).toBeGreaterThanOrEqual(4.5);
  });

  it("stays what it is where that can be read", () => {
    expect(accentOf("#1D4F91")?.light.accent).toBe("#1d4f91");
  });

  it.each(["", null, undefined, "red", "#12345", "#1234567", "url(x)"])("%s is none", (colour) => {
    expect(accentOf(colour)).toBeNull();
    expect(accentStyle(colour)).toBeUndefined();
  });
});
