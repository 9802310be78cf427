import { createContext, type ReactNode, use, useMemo, useState } from "react";
import type { sharedEn } from "./catalog/en";
import { format, type Placeholders, type Values } from "./format";
import { type Locale, rememberLocale } from "./locale";

export type Catalog = Record<string, string>;
export type SharedCatalog = typeof sharedEn;

/** Looks a message up by key and fills it in; the placeholders are checked by the compiler. */
export type Translate<C extends Catalog> = <K extends keyof C & string>(
  key: K,
  ...values: [Placeholders<C[K]>] extends [never] ? [] : [Record<Placeholders<C[K]>, string | number>]
) => string;

interface Language {
  locale: Locale;
  messages: Catalog;
  /** Loads the catalog of another language and remembers the choice on this device. */
  setLocale(locale: Locale): void;
}

const LanguageContext = createContext<Language | null>(null);

/** Gives every screen its language. `load` fetches a catalog, so that a page carries one language only. */
export function LanguageProvider(props: {
  initial: { locale: Locale; messages: Catalog };
  load(locale: Locale): Promise<Catalog>;
  children: ReactNode;
}) {
  const { load } = props;
  const [current, setCurrent] = useState(props.initial);
  const language = useMemo<Language>(
    () => ({
      ...current,
      setLocale(locale) {
        void load(locale).then((messages) => {
          rememberLocale(locale);
          document.documentElement.lang = locale;
          setCurrent({ locale, messages });
        });
      },
    }),
    [current, load],
  );
  return <LanguageContext value={language}>{props.children}</LanguageContext>;
}

export function useLanguage(): Language {
  const language = use(LanguageContext);
  if (!language) throw new Error("LanguageProvider is missing");
  return language;
}

/** The typed look-up over one app's catalog; each app exports its own `useT` made of this. */
export function useTranslate<C extends Catalog>(): Translate<C> {
  const { messages, locale } = useLanguage();
  return useMemo(() => translator<C>(messages, locale), [messages, locale]);
}

/** The same without React, for functions and tests. */
export function translator<C extends Catalog>(messages: Catalog, locale: string): Translate<C> {
  return (key, ...values) => format(messages[key] ?? key, (values[0] ?? {}) as Values, locale);
}

/** For the shared components: both apps have these messages. */
export const useT = (): Translate<SharedCatalog> => useTranslate<SharedCatalog>();
