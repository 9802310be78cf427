import type { ReactNode } from "react";
import { useLanguage } from "../../shared/i18n/i18n";
import { localeNames, locales } from "../../shared/i18n/locale";
import { formatPhone } from "../../shared/phone";
import { accentStyle } from "../../shared/theme/accent";
import { PageOwner } from "../../shared/ui/page";
import type { BusinessFacts } from "../api/portal";
import { useT } from "../i18n";

/** The frame of every page: the business above, the page on its sheet, help always in the same place below. */
export function Page(props: { business: BusinessFacts | null; aside?: ReactNode; children: ReactNode }) {
  const { business } = props;
  const t = useT();
  return (
    <PageOwner value={business?.name ?? ""}>
      <div className="mx-auto flex min-h-dvh w-full max-w-[34rem] flex-col px-4" style={accentStyle(business?.accent)}>
        <a
          href="#content"
          className="button sr-only focus-visible:not-sr-only focus-visible:absolute focus-visible:top-2 focus-visible:left-2"
          data-kind="primary"
          onClick={(event) => {
            event.preventDefault();
            document.getElementById("content")?.focus();
          }}
        >
          {t("layout.skip")}
        </a>
        <header className="flex min-h-14 flex-wrap items-center justify-between gap-x-4 gap-y-2 pt-6 pb-5 sm:pt-12">
          {business && (
            <p className="flex min-w-0 items-center gap-3 text-lg font-semibold tracking-tight">
              <span
                aria-hidden
                className="grid size-9 flex-none place-items-center rounded-box bg-accent font-bold text-accent-ink"
              >
                {[...business.name][0]}
              </span>
              <span className="min-w-0">{business.name}</span>
            </p>
          )}
          {props.aside}
        </header>
        <main id="content" tabIndex={-1} className="sheet border-t-4 border-t-accent p-5 outline-none sm:p-9">
          {props.children}
        </main>
        <footer className="mt-6 flex flex-wrap items-baseline justify-between gap-x-6 gap-y-3 pb-10 text-[0.9375rem]">
          <Help business={business} />
          <Languages />
        </footer>
      </div>
    </PageOwner>
  );
}

function Help(props: { business: BusinessFacts | null }) {
  const t = useT();
  const { business } = props;
  return (
    <p>
      <strong className="font-semibold">{t("layout.help")}</strong>{" "}
      <span className="text-ink-soft">
        {business?.phone ? (
          <>
            {t("layout.call", { business: business.name })}{" "}
            <a className="link whitespace-nowrap" href={`tel:${business.phone}`}>
              {formatPhone(business.phone)}
            </a>
          </>
        ) : (
          t("layout.ask")
        )}
      </span>
    </p>
  );
}

function Languages() {
  const t = useT();
  const { locale, setLocale } = useLanguage();
  return (
    <ul aria-label={t("layout.language")} className="-mx-2 flex gap-1 text-sm">
      {locales.map((value) => (
        <li key={value}>
          <button
            type="button"
            lang={value}
            aria-pressed={value === locale}
            className={`min-h-8 rounded-box px-2 ${value === locale ? "font-semibold" : "text-accent underline underline-offset-3"}`}
            onClick={() => setLocale(value)}
          >
            {localeNames[value]}
          </button>
        </li>
      ))}
    </ul>
  );
}
