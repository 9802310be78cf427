import type { FragmentOf } from "../../../../shared/graphql/graphql";
import { dana, maria } from "../../../testing/world";
import type { Acceptance, FamilyPoliciesFields, readFamilyPolicies } from "./fields";

type Family = Parameters<typeof readFamilyPolicies>[0];

export function acceptance(changes: Partial<Acceptance> = {}): Acceptance {
  return {
    id: "acc_1",
    method: "ELECTRONIC",
    recordedAt: "2026-03-03T15:12:00Z",
    signedOn: null,
    note: null,
    supersededAt: null,
    ipAddress: null,
    userAgent: null,
    policyVersion: { id: "pv_1", number: 1 },
    acceptedBy: { id: maria.id, name: maria.name },
    recordedBy: null,
    scan: null,
    credentialProvenance: null,
    ...changes,
  };
}

export const onPaper = (changes: Partial<Acceptance> = {}) =>
  acceptance({
    id: "acc_2",
    method: "MANUAL",
    signedOn: "2026-02-28",
    recordedBy: { id: dana.id, name: dana.name },
    ...changes,
  });

interface Status {
  title?: string;
  number?: number;
  student?: { id: string; name: string };
  /** Newest first; the first one counts unless `missing`. */
  history?: Acceptance[];
  missing?: boolean;
  carriedOver?: boolean;
}

/** A family as the API answers it. */
export function family(statuses: Status[], guardians = [{ id: maria.id, name: maria.name }]) {
  return {
    __typename: "Family",
    id: "fam_1",
    policiesMissing: statuses.filter((one) => one.missing).length,
    guardians,
    policyStatuses: statuses.map(
      ({ title = "Waiver 2026", number = 1, student, history = [], missing, carriedOver }) => ({
        carriedOver: carriedOver ?? false,
        policyVersion: { id: `pv_${number}`, number, title, policy: { id: `pol_${title}`, required: true } },
        student: student ?? null,
        acceptance: missing || !history[0] ? null : { id: history[0].id },
        history,
      }),
    ),
  } as unknown as Family & FragmentOf<typeof FamilyPoliciesFields>;
}
