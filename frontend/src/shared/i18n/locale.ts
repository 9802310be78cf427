export const locales = ["en", "es"] as const;
export type Locale = (typeof locales)[number];

/** Names of the languages in themselves: somebody who reads no other must find theirs. */
export const localeNames: Record<Locale, string> = { en: "English", es: "Español" };

const key = "officeportal.locale";

/** The language chosen on this device, else the first one of the browser's that there is. */
export function preferredLocale(): Locale {
  const wanted = [localStorage.getItem(key), ...navigator.languages];
  for (const tag of wanted) {
    const found = locales.find((locale) => locale === tag?.slice(0, 2).toLowerCase());
    if (found) return found;
  }
  return "en";
}

export function rememberLocale(locale: Locale): void {
  localStorage.setItem(key, locale);
}

/** The name of a language in another language, for profiles: "Spanish". */
export function languageName(tag: string, inLocale: string): string {
  const name = new Intl.DisplayNames([inLocale], { type: "language" }).of(tag) ?? tag;
  return name.charAt(0).toLocaleUpperCase(inLocale) + name.slice(1);
}
