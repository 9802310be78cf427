import { buildSchema, type GraphQLEnumType } from "graphql";
import { expect, it } from "vitest";
import sdl from "../../../shared/graphql/schema.graphql?raw";
import { auditActions } from "./filter";

it("every action of the schema is in the list, once; the catalogs' types demand its label", () => {
  const type = buildSchema(sdl).getType("AuditAction") as GraphQLEnumType;
  const names = type.getValues().map(({ name }) => name);
  expect([...auditActions].sort()).toEqual(names.sort());
});
