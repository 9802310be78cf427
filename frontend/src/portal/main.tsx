import "../shared/theme/index.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { LanguageProvider } from "../shared/i18n/i18n";
import { preferredLocale } from "../shared/i18n/locale";
import { applyTheme } from "../shared/theme/theme";
import { App } from "./App";
import { loadCatalog } from "./i18n";
import { takeSecret } from "./secret";

takeSecret();
applyTheme();
const locale = preferredLocale();
document.documentElement.lang = locale;
const root = document.getElementById("root");
if (!root) throw new Error("the page has no root element");
const messages = await loadCatalog(locale);
createRoot(root).render(
  <StrictMode>
    <LanguageProvider initial={{ locale, messages }} load={loadCatalog}>
      <App />
    </LanguageProvider>
  </StrictMode>,
);
