import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { trustedDocuments } from "./scripts/documents.mjs";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const backend = "http://127.0.0.1:8080";

/** During development Vite serves the pages; deep links must reach the right one, as they do in the Go server. */
function pages(): Plugin {
  return {
    name: "office-portal-pages",
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        const path = request.url?.split("?")[0] ?? "/";
        if (path === "/" || /^\/office(\/|$)/.test(path)) request.url = "/office.html";
        else if (path === "/graphiql") request.url = "/graphiql.html";
        else if (/^\/portal\//.test(path) || path === "/r" || path.startsWith("/r%23")) request.url = "/portal.html";
        next();
      });
    },
  };
}

/**
 * What a page needs before its first screen is in one file of its own and one that both pages share, however many
 * screens that are fetched later use parts of it: cut into many small files it would be larger by some kilobytes.
 */
function firstLoad(id: string, modules: Modules): string | null {
  const [office, portal, graphiql] = pagesOf(id, modules, false);
  // A screen that one page fetches later must not fetch, and so run, what begins the other page.
  const [officeLater, portalLater] = pagesOf(id, modules, true);
  if ((office && portalLater) || (portal && officeLater)) return "both";
  // Nor must GraphiQL; what only it needs is cut as usual.
  if (graphiql) return office ? "office-shared" : portal ? "portal-shared" : null;
  return office ? "office-first" : "portal-first";
}

type Modules = {
  getModuleInfo(id: string): { importers: readonly string[]; dynamicImporters: readonly string[] } | null;
};

/** Which pages need a module: at once, or also later. */
function pagesOf(id: string, modules: Modules, later: boolean): boolean[] {
  const seen = new Set<string>();
  const queue = [id];
  for (let one = queue.pop(); one; one = queue.pop()) {
    if (seen.has(one)) continue;
    seen.add(one);
    const module = modules.getModuleInfo(one);
    queue.push(...(module?.importers ?? []), ...(later ? (module?.dynamicImporters ?? []) : []));
  }
  return ["office", "portal", "graphiql"].map((page) => [...seen].some((one) => one.endsWith(`/${page}.html`)));
}

export default defineConfig({
  root: here("."),
  cacheDir: here("../node_modules/.vite"),
  plugins: [trustedDocuments(here("src")), react(), tailwindcss(), pages()],
  build: {
    outDir: here("dist"),
    // dist/.keep is in the repository, so that the Go package compiles without a build; the script
    // clean-dist.mjs removes everything else.
    emptyOutDir: false,
    // Only module workers and inline data would break the content security policy: nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // GraphiQL's editor is large, and fetched by those who open it; scripts/check-size.mjs watches the portals.
    chunkSizeWarningLimit: 5000,
    rolldownOptions: {
      // directives of a compiler that is not used here
      onLog: (level, log, handle) => log.code !== "MODULE_LEVEL_DIRECTIVE" && handle(level, log),
      input: { office: here("office.html"), portal: here("portal.html"), graphiql: here("graphiql.html") },
      output: {
        codeSplitting: {
          groups: [{ debugName: "first load", name: firstLoad, tags: ["$initial"] }],
          includeDependenciesRecursively: false,
        },
      },
    },
  },
  worker: { format: "es" },
  server: {
    host: "127.0.0.1",
    port: 5173,
    proxy: { "/graphql": backend, "/dev": backend, "/.well-known": backend, "/schema.graphql": backend },
  },
});
