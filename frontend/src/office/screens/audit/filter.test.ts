import { buildSchema, type GraphQLEnumType, type GraphQLInputObjectType, getNamedType, isEnumType } from "graphql";
import { describe, expect, it } from "vitest";
import sdl from "../../../shared/graphql/schema.graphql?raw";
import { nextDay, startOfDay } from "../../../shared/time/format";
import { type AuditParams, auditUrl, readAuditParams } from "../../urls";
import { type AuditFilter, auditActions, filterOf } from "./filter";

const schema = buildSchema(sdl);

it("every action of the schema is in the list, once; the catalogs' types demand its label", () => {
  const type = schema.getType("AuditAction") as GraphQLEnumType;
  const names = type.getValues().map(({ name }) => name);
  expect([...auditActions].sort()).toEqual(names.sort());
});

/** What each filter of the API is called in the address. A filter that the API gets and this lacks does not compile. */
const inUrl = {
  actions: "action",
  actorId: "actor",
  guardianId: "guardian",
  familyId: "family",
  channel: "channel",
  outcome: "outcome",
  from: "from",
  to: "to",
} as const satisfies Record<keyof AuditFilter, keyof AuditParams>;

const fields = Object.values((schema.getType("AuditFilter") as GraphQLInputObjectType).getFields());

/** Everything that can be chosen for a filter, as the address says it. */
function choices(field: (typeof fields)[number]): string[] {
  const type = getNamedType(field.type);
  if (isEnumType(type)) return type.getValues().map(({ name }) => name);
  return type.name === "DateTime" ? ["2026-03-08", "2026-11-01"] : ["stf_01k&=+ñ", "fam_01k"];
}

/** What the API is asked by the page at the address. */
function asked(params: AuditParams): AuditFilter {
  const url = auditUrl(params);
  const read = readAuditParams(url.slice(url.indexOf("?") + 1));
  expect(read).toEqual(params);
  return filterOf(read, (date) => startOfDay(date, "America/Chicago").toISOString(), nextDay);
}

describe("every filter that the API has", () => {
  it.each(fields.map((field) => [field.name, field] as const))(
    "%s is in the address, whatever is chosen",
    (name, field) => {
      const key = inUrl[name as keyof AuditFilter];
      for (const value of choices(field)) {
        const filter = asked({ [key]: value });
        expect(Object.keys(filter)).toEqual([name]);
        const [got] = [Object.values(filter)[0]].flat();
        if (getNamedType(field.type).name !== "DateTime") expect(got).toBe(value);
      }
    },
  );

  it("is there together with all others, and on every page", () => {
    const all = Object.fromEntries(fields.map((field) => [inUrl[field.name as keyof AuditFilter], choices(field)[0]]));
    expect(Object.keys(asked(all)).sort()).toEqual(fields.map(({ name }) => name).sort());
    expect(asked({ ...all, after: "a+/=" })).toEqual(asked(all));
  });

  it("takes days as whole days of the business, also when clocks change", () => {
    expect(asked({ from: "2026-03-08", to: "2026-03-08" })).toEqual({
      from: "2026-03-08T06:00:00.000Z",
      to: "2026-03-09T05:00:00.000Z",
    });
  });
});
