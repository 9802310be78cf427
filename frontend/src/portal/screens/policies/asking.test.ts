import { describe, expect, it } from "vitest";
import { canTick, sectionsFor, updatedSince } from "./asking";
import { policiesOf, shortName } from "./policies";
import { accepted, answer, onPaper, policy, status } from "./testing";

const read = (...all: Parameters<typeof answer>[0]) => policiesOf(answer(all));

describe("what a guardian is asked for", () => {
  const missing = policy("pol_1", "Waiver", [status()]);
  const done = policy("pol_2", "Photos", [status({ acceptance: accepted() })]);
  const paper = policy("pol_3", "Rules", [status({ acceptance: onPaper() })]);
  const optional = policy("pol_4", "Newsletter", [status()], { required: false });

  it("after signing in is what is required: missing first, paper after it, what is accepted not at all", () => {
    const sections = sectionsFor(read(paper, done, optional, missing), "required");
    expect(sections.map((section) => section.policyId)).toEqual(["pol_1", "pol_3"]);
  });

  it("on the page of policies is everything, with what can be ticked first", () => {
    const sections = sectionsFor(read(done, paper, optional, missing), "all");
    expect(sections.map((section) => section.policyId)).toEqual(["pol_3", "pol_4", "pol_1", "pol_2"]);
  });

  it("is not ticked again once accepted; a form on paper may be replaced, but nobody has to", () => {
    const [section] = read(paper).sections;
    const line = section?.lines[0];
    expect(line && canTick(line, "required")).toBe(false);
    expect(line && canTick(line, "all")).toBe(true);
  });

  it("leaves out a policy that asks nothing of the family, or is not in effect", () => {
    expect(read(policy("pol_5", "For students", [])).sections).toEqual([]);
    const waiting = { ...missing, policy: { ...missing.policy, current: null } };
    expect(read(waiting).sections).toEqual([]);
  });

  it("was updated when the text is another one, not when it came or went", () => {
    const before = read(missing, done).sections;
    const now = read(policy("pol_1", "Waiver", [status()], { number: 2 }), paper).sections;
    expect([...updatedSince(before, now)]).toEqual(["pol_1"]);
  });
});

describe("the name of a student", () => {
  it("is the first one, or all of it where two share it", () => {
    const all = [{ name: "Ana Lopez" }, { name: "Leo Lopez" }, { name: "Leo Smith" }];
    expect(all.map((student) => shortName(student, all))).toEqual(["Ana", "Leo Lopez", "Leo Smith"]);
  });
});
