import type { CSSProperties } from "react";

/**
 * A business's colour as the theme needs it: for words and buttons on light and on dark, each at least 4.5:1 (WCAG 2.2,
 * 1.4.3). The server takes only colours that carry white words; on grey paper and at night they need some help.
 */

type Rgb = readonly [number, number, number];

const readable = 4.6; // a little more than is asked for, since colours are rounded
const white: Rgb = [255, 255, 255];
const black: Rgb = [0, 0, 0];
/** The darkest paper by day and the lightest by night that words of the accent stand on. */
const day = parse("#efeeeb") as Rgb;
const night = parse("#272a2e") as Rgb;
const nightInk = parse("#131b2c") as Rgb;

function parse(colour: string): Rgb | null {
  const found = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour.trim());
  if (!found) return null;
  const [red, green, blue] = found.slice(1).map((part) => Number.parseInt(part, 16));
  return [red ?? 0, green ?? 0, blue ?? 0];
}

const hex = (colour: Rgb) => `#${colour.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;

const mix = (from: Rgb, to: Rgb, share: number): Rgb => [
  from[0] + (to[0] - from[0]) * share,
  from[1] + (to[1] - from[1]) * share,
  from[2] + (to[2] - from[2]) * share,
];

function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((part) => {
    const c = part / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: Rgb, b: Rgb): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** The contrast of two colours, `#rrggbb`, from 1 to 21; 0 when one is no colour. */
export function contrastOf(a: string, b: string): number {
  const [one, other] = [parse(a), parse(b)];
  return one && other ? contrast(one, other) : 0;
}

/** The colour, moved towards another one as far as it takes to be read on a paper. */
function towards(colour: Rgb, to: Rgb, paper: Rgb): Rgb {
  for (let share = 0; share < 1; share += 0.02) {
    const moved = mix(colour, to, share);
    if (contrast(moved, paper) >= readable) return moved;
  }
  return to;
}

export interface Accent {
  light: { accent: string; hover: string; soft: string };
  dark: { accent: string; hover: string; soft: string; ink: string };
}

/** What the theme makes of a business's colour; null when there is none. */
export function accentOf(colour: string | null | undefined): Accent | null {
  const own = parse(colour ?? "");
  if (!own) return null;
  const light = towards(own, black, day);
  const dark = towards(own, white, night);
  return {
    light: { accent: hex(light), hover: hex(mix(light, black, 0.2)), soft: hex(mix(light, white, 0.92)) },
    dark: {
      accent: hex(dark),
      hover: hex(mix(dark, white, 0.3)),
      soft: hex(mix(dark, parse("#141517") as Rgb, 0.9)),
      ink: hex(nightInk),
    },
  };
}

/** The variables of the theme in a business's colour, for whatever is below; nothing for the product's own. */
export function accentStyle(colour: string | null | undefined): CSSProperties | undefined {
  const accent = accentOf(colour);
  if (!accent) return undefined;
  const { light, dark } = accent;
  return {
    "--accent": `light-dark(${light.accent}, ${dark.accent})`,
    "--accent-hover": `light-dark(${light.hover}, ${dark.hover})`,
    "--accent-ink": `light-dark(#ffffff, ${dark.ink})`,
    "--accent-soft": `light-dark(${light.soft}, ${dark.soft})`,
  } as CSSProperties;
}
