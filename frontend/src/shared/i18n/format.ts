/**
 * Messages are written in a small part of ICU MessageFormat: `{name}` and
 * `{count, plural, one {# credit} other {# credits}}`. The whole of ICU would be larger than some screens.
 */
export type Values = Record<string, string | number>;

type Part = string | { name: string; plural?: Record<string, Part[]> };

/** Names of the placeholders of a message, read from its type. Branches of a plural hold `#` or a space. */
export type Placeholders<S extends string> = S extends `${string}{${infer Rest}`
  ? (Rest extends `${infer Inner}}${string}` ? Name<Inner> : never) | Placeholders<Rest>
  : never;
type Name<S extends string> = S extends `${infer A}, plural${string}`
  ? A
  : S extends `${string}${" " | "#" | "{"}${string}`
    ? never
    : S;

const parsed = new Map<string, Part[]>();

/** Fills a message in. A value that is missing shows as its placeholder: visible, but nothing breaks. */
export function format(message: string, values: Values, locale: string): string {
  let parts = parsed.get(message);
  if (!parts) {
    parts = parse(message);
    parsed.set(message, parts);
  }
  return fill(parts, values, locale);
}

/** Placeholder names of a message, sorted, each once; for the check that languages agree. */
export function placeholders(message: string): string[] {
  const names = new Set<string>();
  const walk = (parts: Part[]): void => {
    for (const part of parts) {
      if (typeof part === "string") continue;
      names.add(part.name);
      for (const branch of Object.values(part.plural ?? {})) walk(branch);
    }
  };
  walk(parse(message));
  names.delete("#");
  return [...names].sort();
}

function fill(parts: Part[], values: Values, locale: string): string {
  let text = "";
  for (const [at, part] of parts.entries()) {
    if (typeof part === "string") {
      text += part;
      continue;
    }
    const value = values[part.name];
    if (!part.plural) {
      text +=
        typeof value === "number" ? number(value, locale) : isolated(value ?? `{${part.name}}`, parts.slice(at + 1));
      continue;
    }
    const count = Number(value ?? 0);
    const branch =
      part.plural[`=${count}`] ?? part.plural[new Intl.PluralRules(locale).select(count)] ?? part.plural.other;
    text += fill(branch ?? [], { ...values, "#": count }, locale);
  }
  return text;
}

const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/**
 * A name that is written from right to left would pull numbers after it to its other side: "Accepted by …, 3 mar 2026"
 * would begin its date with the month. It is set apart where a number may follow, and nowhere else, so that names stay
 * what they are.
 */
function isolated(value: string, rest: Part[]): string {
  if (!rightToLeft.test(value)) return value;
  const [next, after] = rest;
  const numberFollows = typeof next === "string" ? /^[^\p{L}]*(\d|$)/u.test(next) && (/\d/.test(next) || after) : next;
  return numberFollows ? `\u2068${value}\u2069` : value;
}

function number(value: number, locale: string): string {
  return new Intl.NumberFormat(locale).format(value);
}

function parse(message: string): Part[] {
  let at = 0;
  const readParts = (inPlural: boolean): Part[] => {
    const parts: Part[] = [];
    let text = "";
    const flush = () => {
      if (text) parts.push(text);
      text = "";
    };
    while (at < message.length) {
      const char = message[at];
      if (char === "}" && inPlural) break;
      at++;
      if (char === "{") {
        flush();
        parts.push(readArgument());
      } else if (char === "#" && inPlural) {
        flush();
        parts.push({ name: "#" });
      } else {
        text += char;
      }
    }
    flush();
    return parts;
  };
  const readArgument = (): Part => {
    const rest = /^([^{},]+)(?:, plural,)?/.exec(message.slice(at));
    if (!rest) throw new SyntaxError(`Malformed message: ${message}`);
    const name = (rest[1] ?? "").trim();
    at += rest[0].length;
    if (message[at] === "}") {
      at++;
      return { name };
    }
    const plural: Record<string, Part[]> = {};
    for (;;) {
      const branch = /^\s*([=\w]+)\s*\{/.exec(message.slice(at));
      if (!branch) break;
      at += branch[0].length;
      plural[branch[1] ?? "other"] = readParts(true);
      at++;
    }
    const end = /^\s*\}/.exec(message.slice(at));
    if (!end || !plural.other) throw new SyntaxError(`Malformed message: ${message}`);
    at += end[0].length;
    return { name, plural };
  };
  return readParts(false);
}
