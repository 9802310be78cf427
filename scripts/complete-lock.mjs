// Completes package-lock.json after `npm install` on a registry that does not carry every platform's build of
// a package: npm leaves those out, and `npm ci` then refuses the lock file everywhere. Their versions are
// pinned by the package that names them, so they are written down without having been seen:
//
//   npm install && node scripts/complete-lock.mjs
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));
const systems = ["android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "aix", "win32"];
const processors = ["arm64", "arm", "x64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32"];

// The words of a name such as @scope/tool-linux-arm-gnueabihf that npm compares with the machine.
function platform(name) {
  const words = name.split(/[-/]/);
  const os = systems.filter((s) => words.includes(s));
  const cpu = processors.filter((p) => words.includes(p));
  return { ...(cpu.length > 0 && { cpu }), ...(os.length > 0 && { os }) };
}

let added = 0;
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const near = `${path}/node_modules/${name}`;
    const top = `node_modules/${name}`;
    if (lock.packages[near] || lock.packages[top]) continue;
    if (!/^\d+\.\d+\.\d+[\w.+-]*$/.test(version)) throw new Error(`${path} does not pin ${name}: ${version}`);
    lock.packages[top] = { version, ...(entry.dev && { dev: true }), optional: true, ...platform(name) };
    added++;
  }
}
if (added > 0) {
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}
console.log(`package-lock.json: ${added} builds for other platforms added`);
