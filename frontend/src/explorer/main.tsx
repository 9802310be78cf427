import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "./explorer.css";
import { GraphiQL } from "graphiql";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { endpoint, requestHeaders } from "../shared/graphql/transport";
import { preferredLocale } from "../shared/i18n/locale";
import { examples } from "./examples";
import { words } from "./words";

const locale = preferredLocale();
const t = words[locale] ?? words.en;
document.documentElement.lang = locale;
document.title = t.title;

/** Sends what was written, as the staff member who is signed in. Whoever is no longer is told so by the answer. */
async function send(params: object): Promise<Record<string, unknown>> {
  const response = await fetch(endpoint, {
    method: "POST",
    credentials: "same-origin",
    headers: requestHeaders("office", locale),
    body: JSON.stringify(params),
  });
  return (await response.json()) as Record<string, unknown>;
}

function Explorer() {
  return (
    <>
      <header className="notice">
        <p>
          <strong>{t.real}</strong> {t.advice}
        </p>
        <nav>
          <a href="/office/api">{t.back}</a>
          <a href="/schema.graphql">{t.schema}</a>
        </nav>
      </header>
      <main>
        <h1 className="unseen">{t.title}</h1>
        <GraphiQL
          fetcher={send as never}
          defaultTabs={examples.map(({ query, variables }) => ({ query, variables: variables ?? null, headers: null }))}
          defaultEditorToolsVisibility="variables"
          isHeadersEditorEnabled={false}
        />
      </main>
    </>
  );
}

const root = document.getElementById("root");
if (!root) throw new Error("the page has no root element");
createRoot(root).render(
  <StrictMode>
    <Explorer />
  </StrictMode>,
);
