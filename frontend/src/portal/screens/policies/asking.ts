import type { FamilyPolicies, Line, Section } from "./policies";

/**
 * `required`: after signing in, only what has to be accepted. `all`: the page of all policies, where a form on paper
 * may also be replaced by accepting here, and what is not required may be accepted.
 */
export type Asking = "required" | "all";

/** Whether a line gets a box to tick. */
export function canTick(line: Line, asking: Asking): boolean {
  if (!line.acceptance) return true;
  return asking === "all" && line.acceptance.method === "MANUAL";
}

/** The policies to show, those with something to tick first. */
export function sectionsFor({ sections }: FamilyPolicies, asking: Asking): Section[] {
  const shown = asking === "all" ? sections : sections.filter((s) => s.required && !allElectronic(s));
  const open = (section: Section) => section.lines.some((line) => canTick(line, asking));
  return [...shown.filter(open), ...shown.filter((section) => !open(section))];
}

const allElectronic = (section: Section) => section.lines.every((line) => line.acceptance?.method === "ELECTRONIC");

/** Policies whose text is another one than it was. */
export function updatedSince(before: readonly Section[], now: readonly Section[]): Set<string> {
  const known = new Map(before.map((section) => [section.policyId, section.version.id]));
  return new Set(
    now.filter((s) => known.has(s.policyId) && known.get(s.policyId) !== s.version.id).map((s) => s.policyId),
  );
}
