import { useCallback } from "react";
import { graphql, type ResultOf } from "../../../shared/graphql/graphql";
import { useLanguage } from "../../../shared/i18n/i18n";
import { request } from "../../api/request";
import { useLoad } from "../../api/use-load";

/** Policies in effect with their texts, and how the family stands with each. Texts come once, not for each student. */
const PoliciesQuery = graphql(`
  query FamilyPolicies {
    policies {
      id
      required
      current {
        id
        number
        title
        effectiveFrom
        changeNote
        bodyHtml
        textHash
      }
    }
    viewer {
      actor {
        __typename
        ... on Guardian {
          id
          family {
            id
            name
            policyStatuses {
              policyVersion {
                id
              }
              student {
                id
                name
              }
              carriedOver
              acceptance {
                id
                method
                recordedAt
                signedOn
                acceptedBy {
                  id
                  name
                }
                policyVersion {
                  id
                  number
                  title
                  effectiveFrom
                  textHash
                }
              }
            }
          }
        }
      }
    }
  }
`);

type Answer = ResultOf<typeof PoliciesQuery>;
type Family = Extract<NonNullable<Answer["viewer"]["actor"]>, { __typename: "Guardian" }>["family"];
type Status = Family["policyStatuses"][number];
export type Acceptance = NonNullable<Status["acceptance"]>;

/** A policy for the family, or one student's part of it. */
export interface Line {
  /** Names the version and the student: a tick belongs to exactly what was shown. */
  key: string;
  versionId: string;
  student: { id: string; name: string } | null;
  acceptance: Acceptance | null;
  carriedOver: boolean;
}

/** One policy with its text. */
export interface Section {
  policyId: string;
  required: boolean;
  version: NonNullable<Answer["policies"][number]["current"]>;
  lines: Line[];
}

export interface FamilyPolicies {
  familyName: string;
  sections: Section[];
}

/** Puts texts and standing together. A policy that asks nothing of this family has no lines and is left out. */
export function policiesOf({ policies, viewer }: Answer): FamilyPolicies {
  const family = viewer.actor?.__typename === "Guardian" ? viewer.actor.family : null;
  const sections: Section[] = [];
  for (const { id, required, current } of policies) {
    if (!current || !family) continue;
    const lines = family.policyStatuses
      .filter((status) => status.policyVersion.id === current.id)
      .map(({ student, acceptance, carriedOver }) => ({
        key: `${current.id} ${student?.id ?? ""}`,
        versionId: current.id,
        student,
        acceptance,
        carriedOver,
      }));
    if (lines.length > 0) sections.push({ policyId: id, required, version: current, lines });
  }
  return { familyName: family?.name ?? "", sections };
}

export function usePolicies() {
  const { locale } = useLanguage();
  const load = useCallback(async () => policiesOf(await request(PoliciesQuery, {}, locale)), [locale]);
  return useLoad(load);
}

/** The first name, or the whole one where two students share the first. */
export function shortName(student: { name: string }, all: readonly { name: string }[]): string {
  const first = (name: string) => name.trim().split(/\s+/)[0] ?? name;
  const mine = first(student.name);
  return all.filter((other) => first(other.name) === mine).length > 1 ? student.name : mine;
}
