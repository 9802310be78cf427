import { describe, expect, it } from "vitest";
import {
  auditUrl,
  familiesUrl,
  familyUrl,
  newPolicyVersionUrl,
  policiesUrl,
  policyUrl,
  readAuditParams,
  readFamilyParams,
  readNext,
  signInUrl,
} from "./urls";

const query = (url: string) => url.slice(url.indexOf("?") + 1);

describe("addresses", () => {
  it("leave out what is the default", () => {
    expect(familiesUrl({ search: "", order: "NAME_ASC", archived: false })).toBe("/families");
  });

  it.each([
    [{ search: "o'neil & co?" }],
    [{ canLogIn: false }],
    [{ policiesMissing: true }],
    [{ policiesMissing: false, search: "x" }],
    [{ canLogIn: true, order: "UPDATED_DESC" as const, after: "a+/=" }],
    [{ archived: true, before: "cursor" }],
  ])("read back what they were built from: %o", (params) => {
    expect(readFamilyParams(query(familiesUrl(params)))).toEqual(params);
  });

  it("hold one page only", () => {
    expect(readFamilyParams("after=a&before=b")).toEqual({ after: "a" });
  });

  it("ignore an order that does not exist", () => {
    expect(readFamilyParams("order=SIZE")).toEqual({});
  });

  it("of a family keep the list it was opened from", () => {
    const url = familyUrl("fam_1", { search: "smith", at: "c1" });
    expect(url).toBe("/families/fam_1?search=smith&at=c1");
  });

  it("of a policy keep the page of who is missing", () => {
    expect(policyUrl("pol_1", { after: "a+/=" })).toBe("/policies/pol_1?after=a%2B%2F%3D");
    expect(newPolicyVersionUrl("pol_1")).toBe("/policies/pol_1/new-version");
    expect(policiesUrl({ retired: true })).toBe("/policies?retired=yes");
    expect(policiesUrl()).toBe("/policies");
  });

  it("of the Audit Log read back, without dates that are none", () => {
    const params = { action: "SIGN_IN", family: "fam_1", from: "2026-03-01" };
    expect(readAuditParams(query(auditUrl(params)))).toEqual(params);
    expect(readAuditParams("from=yesterday&to=2026-13-99")).toEqual({});
  });
});

describe("coming back after signing in", () => {
  it("leads to the page that was asked for", () => {
    expect(readNext(query(signInUrl("/families/fam_1?search=x")))).toBe("/families/fam_1?search=x");
  });

  it.each(["https://example.com", "//example.com", "/\\example.com", "javascript:alert(1)", ""])(
    "never leads to %s",
    (next) => {
      expect(readNext(new URLSearchParams({ next }).toString())).toBe("/families");
    },
  );

  it("does not lead back to the sign-in page", () => {
    expect(signInUrl("/sign-in")).toBe("/sign-in");
  });
});
