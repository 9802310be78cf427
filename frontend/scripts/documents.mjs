// The documents that the portals send, found in their source: what they are called and what exactly is sent. The
// server knows them by their hash and answers no others to most people.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { print as printForBrowsers } from "@0no-co/graphql.web";
import { formatDocument, stringifyDocument } from "@urql/core";
import { buildSchema, parse, validate } from "graphql";

const call = /\bgraphql\(\s*`([^`]*)`/g;

/** Source files of a folder, but tests. */
function sources(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.(test|d)\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/**
 * The documents of one portal by file: name, id and text of each. Names are unique in a portal, since they are what
 * it looks its ids up by.
 */
function documentsOf(src, side, schema) {
  const fragments = new Map();
  const operations = [];
  for (const file of [...sources(join(src, "shared")), ...sources(join(src, side))]) {
    for (const [, text] of readFileSync(file, "utf8").matchAll(call)) {
      for (const definition of parse(text, { noLocation: true }).definitions) {
        const name = definition.name?.value;
        if (!name) throw new Error(`${file}: an operation has no name`);
        if (definition.kind === "FragmentDefinition") {
          if (fragments.has(name)) throw new Error(`${file}: there is another fragment ${name}`);
          fragments.set(name, definition);
        } else {
          if (operations.some((other) => other.name === name)) throw new Error(`${file}: there is another ${name}`);
          operations.push({ file, name, definition });
        }
      }
    }
  }
  return operations.map(({ file, name, definition }) => {
    const document = { kind: "Document", definitions: [definition, ...spreadBelow(definition, fragments)] };
    const wrong = validate(schema, document);
    if (wrong.length > 0) throw new Error(`${file}: ${name}: ${wrong.map((error) => error.message).join("; ")}`);
    // The Office Portal's cache asks for the type of everything besides.
    const text = side === "office" ? stringifyDocument(formatDocument(document)) : printForBrowsers(document);
    return { file, name, text, id: `sha256:${createHash("sha256").update(text).digest("hex")}` };
  });
}

/** The fragments a definition spreads, directly or through others, each once. */
function spreadBelow(definition, fragments) {
  const found = new Map();
  const walk = (node) => {
    for (const selection of node.selectionSet?.selections ?? []) {
      if (selection.kind !== "FragmentSpread") {
        walk(selection);
        continue;
      }
      const name = selection.name.value;
      if (found.has(name)) continue;
      const fragment = fragments.get(name);
      if (!fragment) throw new Error(`there is no fragment ${name}`);
      found.set(name, fragment);
      walk(fragment);
    }
  };
  walk(definition);
  return found.values();
}

/** Both portals' documents. */
export function findDocuments(src) {
  const schema = buildSchema(readFileSync(join(src, "shared", "graphql", "schema.graphql"), "utf8"));
  return ["office", "portal"].flatMap((side) => documentsOf(src, side, schema));
}

/**
 * Builds the manifest, documents.json, and lets every module that has documents tell their ids when it is loaded, so
 * that a screen that is fetched late brings its own. While developing nothing is told, and the texts are sent.
 */
export function trustedDocuments(src) {
  let documents = [];
  const registry = join(src, "shared", "graphql", "document-ids.ts");
  return {
    name: "office-portal-documents",
    apply: "build",
    enforce: "pre",
    buildStart() {
      documents = findDocuments(src);
    },
    transform(code, id) {
      const file = id.split("?")[0].split("/").join(sep);
      const own = new Map(documents.filter((d) => d.file === file).map((d) => [d.name, d.id]));
      if (own.size === 0) return null;
      let path = relative(join(file, ".."), registry).split(sep).join("/").replace(/\.ts$/, "");
      if (!path.startsWith(".")) path = `./${path}`;
      const told = JSON.stringify(Object.fromEntries([...own].map(([name, id]) => [name, id.slice("sha256:".length)])));
      return {
        code: `${code}\nimport { tell as tellIds } from ${JSON.stringify(path)};\ntellIds(${told});\n`,
        map: null,
      };
    },
    generateBundle() {
      const manifest = Object.fromEntries(
        documents.map(({ id, text }) => [id, text]).sort(([a], [b]) => (a < b ? -1 : 1)),
      );
      this.emitFile({ type: "asset", fileName: "documents.json", source: `${JSON.stringify(manifest, null, 1)}\n` });
    },
  };
}
