import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

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
        else if (/^\/portal\//.test(path) || path === "/r" || path.startsWith("/r%23")) request.url = "/portal.html";
        next();
      });
    },
  };
}

export default defineConfig({
  root: here("."),
  cacheDir: here("../node_modules/.vite"),
  plugins: [react(), tailwindcss(), pages()],
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
    rolldownOptions: { input: { office: here("office.html"), portal: here("portal.html") } },
  },
  server: {
    host: "127.0.0.1",
    port: 5173,
    proxy: { "/graphql": backend, "/dev": backend, "/schema.graphql": backend },
  },
});
