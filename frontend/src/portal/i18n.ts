import type { sharedEn } from "../shared/i18n/catalog/en";
import { type Catalog, type Translate, useTranslate } from "../shared/i18n/i18n";
import type { Locale } from "../shared/i18n/locale";
import type { portalEn } from "./catalog/en";

export type PortalCatalog = typeof sharedEn & typeof portalEn;
export type PortalTranslate = Translate<PortalCatalog>;

/** All words of the Customer Portal. */
export const useT = (): PortalTranslate => useTranslate<PortalCatalog>();

/** Fetches the words of one language; a page carries no other. */
export async function loadCatalog(locale: Locale): Promise<Catalog> {
  switch (locale) {
    case "es": {
      const { catalog } = await import("./catalog/all-es");
      return catalog;
    }
    default: {
      const { catalog } = await import("./catalog/all-en");
      return catalog;
    }
  }
}
