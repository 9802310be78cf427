// Fails when the JavaScript a page needs before its first screen is larger than agreed. Counted are the scripts
// of the page, everything they import, and the English words, which are fetched before anything is shown.
// Screens that are fetched when somebody opens them are not counted.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
const limits = { "office.html": 190, "portal.html": 110 };

function staticImports(file) {
  const code = readFileSync(file, "utf8");
  const found = [];
  for (const match of code.matchAll(/(?:from|import)\s*["'](\.{1,2}\/[^"']+\.js)["']/g))
    found.push(join(dirname(file), match[1]));
  for (const match of code.matchAll(/import\(\s*["'`](\.{1,2}\/all-en[^"'`]+\.js)["'`]\s*\)/g))
    found.push(join(dirname(file), match[1]));
  return found;
}

function scriptsOf(page) {
  const html = readFileSync(join(dist, page), "utf8");
  const queue = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map((match) => join(dist, match[1]));
  const seen = new Set();
  for (let file = queue.pop(); file; file = queue.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    queue.push(...staticImports(file));
  }
  return [...seen];
}

let failed = false;
for (const [page, limit] of Object.entries(limits)) {
  if (!existsSync(join(dist, page))) {
    console.error(`${page}: not built; run "npm run build" first`);
    process.exit(1);
  }
  const bytes = scriptsOf(page).reduce((sum, file) => sum + gzipSync(readFileSync(file), { level: 9 }).length, 0);
  const size = bytes / 1000;
  const fits = size <= limit;
  failed ||= !fits;
  console.log(
    `${page}: ${size.toFixed(1)} kB of JavaScript (gzip) before the first screen, at most ${limit} kB${fits ? "" : ": TOO LARGE"}`,
  );
}
process.exit(failed ? 1 : 0);
