const minute = 60_000;
const hour = 60 * minute;

/** "2:14 PM" in the given time zone. */
export function clock(at: Date, timeZone: string, locale: string): string {
  return tidy(new Intl.DateTimeFormat(locale, { timeZone, hour: "numeric", minute: "2-digit" }).format(at));
}

/** "Mar 3, 2026" in the given time zone. */
export function day(at: Date, timeZone: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { timeZone, dateStyle: "medium" }).format(at);
}

/** "Mar 3, 2026, 9:12 AM CST": everything, for the accessible text and for lists that go far back. */
export function full(at: Date, timeZone: string, locale: string): string {
  return tidy(
    new Intl.DateTimeFormat(locale, {
      timeZone,
      year: "numeric",
      month: "short",
      day: "numeric",
      hour: "numeric",
      minute: "2-digit",
      timeZoneName: "short",
    }).format(at),
  );
}

/** "Mar 3, 2026 9:12 AM CST": a moment inside a sentence, whose commas set other things apart. */
export function stamp(at: Date, timeZone: string, locale: string): string {
  const time = new Intl.DateTimeFormat(locale, { timeZone, hour: "numeric", minute: "2-digit", timeZoneName: "short" });
  return `${day(at, timeZone, locale)} ${tidy(time.format(at))}`;
}

/** The calendar date it is now in a time zone, "2026-03-03". */
export function today(now: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  const part = Object.fromEntries(parts.formatToParts(now).map(({ type, value }) => [type, value]));
  return `${part.year}-${part.month}-${part.day}`;
}

/** "2:14 PM" today, else "Mar 3, 2:14 PM": as short as it can be without being wrong. */
export function short(at: Date, now: Date, timeZone: string, locale: string): string {
  if (day(at, timeZone, locale) === day(now, timeZone, locale)) return clock(at, timeZone, locale);
  return tidy(
    new Intl.DateTimeFormat(locale, {
      timeZone,
      month: "short",
      day: "numeric",
      hour: "numeric",
      minute: "2-digit",
    }).format(at),
  );
}

/** "2 minutes ago" within the last hour, null before and after. Clocks differ a little: the near future is now. */
export function relative(at: Date, now: Date, locale: string): string | null {
  const age = now.getTime() - at.getTime();
  if (age < -minute || age >= hour) return null;
  const ago = new Intl.RelativeTimeFormat(locale, { numeric: "always" });
  return age < minute
    ? ago.format(-Math.max(1, Math.floor(age / 1000)), "second")
    : ago.format(-Math.floor(age / minute), "minute");
}

/** A calendar date without a zone, "Mar 3, 2026". */
export function calendarDate(date: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { timeZone: "UTC", dateStyle: "medium" }).format(
    new Date(`${date}T00:00:00Z`),
  );
}

/**
 * The instant at which a calendar day begins in a time zone. The offset is looked up at the guess and again
 * at the result, which is right on days on which clocks change.
 */
export function startOfDay(date: string, timeZone: string): Date {
  const utc = Date.parse(`${date}T00:00:00Z`);
  let guess = utc;
  for (let i = 0; i < 2; i++) guess = utc - offsetAt(new Date(guess), timeZone);
  return new Date(guess);
}

/** The day after a calendar date. */
export function nextDay(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + 24 * hour).toISOString().slice(0, 10);
}

function offsetAt(at: Date, timeZone: string): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(at);
  const part = (type: string) => Number(parts.find((p) => p.type === type)?.value);
  const local = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return local - Math.floor(at.getTime() / 1000) * 1000;
}

/** Newer time formats put a narrow no-break space before AM and PM; a plain space can be searched for. */
function tidy(text: string): string {
  return text.replace(/\u202f/g, " ");
}
