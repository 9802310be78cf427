// Reads the hand-written SDL and writes what the front end is typed with: the merged schema (for editors
// and review) and its compact form that gql.tada's types are computed from.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { minifyIntrospection, outputIntrospectionFile } from "@gql.tada/internal";
import { buildASTSchema, introspectionFromSchema, lexicographicSortSchema, parse, printSchema } from "graphql";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const folder = join(root, "graph", "schema");
const out = join(root, "frontend", "src", "shared", "graphql");

const sdl = readdirSync(folder)
  .filter((name) => name.endsWith(".graphqls"))
  .sort()
  .map((name) => readFileSync(join(folder, name), "utf8"))
  .join("\n");

const schema = lexicographicSortSchema(buildASTSchema(mergeExtensions(parse(sdl))));
writeFileSync(join(out, "schema.graphql"), `${printSchema(schema)}\n`);
writeFileSync(
  join(out, "graphql-env.d.ts"),
  outputIntrospectionFile(minifyIntrospection(introspectionFromSchema(schema, { descriptions: false })), {
    fileType: ".d.ts",
    shouldPreprocess: true,
  }),
);

/** `extend type` adds to a type of another file; one definition per type is easier to read. */
function mergeExtensions(document) {
  const extensions = document.definitions.filter((node) => node.kind.endsWith("TypeExtension"));
  const definitions = document.definitions
    .filter((node) => !node.kind.endsWith("TypeExtension"))
    .map((node) => {
      const more = extensions.filter((e) => e.name.value === node.name?.value).flatMap((e) => e.fields ?? []);
      return more.length > 0 ? { ...node, fields: [...(node.fields ?? []), ...more] } : node;
    });
  return { ...document, definitions };
}
