import { useMemo } from "react";
import { type Catalog, type Translate, translator, useLanguage } from "./i18n";
import type { Locale } from "./locale";

/** Words that travel with one screen instead of the app's catalog, so that they cost nothing before it is opened. */
export type Words<C extends Catalog> = Record<Locale, C>;

/** Both languages of a screen: Spanish must have the keys of English. A test compares the placeholders. */
export function words<const E extends Catalog>(en: E, es: { [K in keyof E]: string }): Words<E> {
  return { en, es: es as unknown as E };
}

/** The typed look-up over a screen's own words. */
export function useWords<C extends Catalog>(own: Words<C>): Translate<C> {
  const { locale } = useLanguage();
  return useMemo(() => translator<C>(own[locale], locale), [own, locale]);
}
