import { expect, it } from "vitest";
import sdl from "../../shared/graphql/schema.graphql?raw";
import { userErrors } from "./cache";

it("the cache knows every kind of user error", () => {
  const known = [...sdl.matchAll(/^type (\w+) implements [^{]*\bUserError\b/gm)].map(([, name]) => name);
  expect(userErrors).toEqual(known.sort());
});
