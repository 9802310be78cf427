import { type FragmentOf, graphql, type ResultOf, readFragment } from "../../../../shared/graphql/graphql";

const AcceptanceFields = graphql(`
  fragment FamilyAcceptance on PolicyAcceptance {
    id
    method
    recordedAt
    signedOn
    note
    supersededAt
    ipAddress
    userAgent
    policyVersion {
      id
      number
    }
    acceptedBy {
      id
      name
    }
    recordedBy {
      id
      name
    }
    scan {
      id
      fileName
      size
      downloadPath
    }
    credentialProvenance {
      passwordSetAt
      contactChangedByStaff
      contactChange {
        field
        changedAt
        changedBy {
          __typename
          ... on Staff {
            id
            name
          }
          ... on Guardian {
            id
            name
          }
          ... on SystemActor {
            name
          }
        }
      }
      reset {
        id
        channel
        destination
        requestedAt
        requestedBy {
          __typename
          ... on Staff {
            id
            name
          }
          ... on Guardian {
            id
            name
          }
          ... on SystemActor {
            name
          }
        }
      }
    }
  }
`);

/** How a family stands with every policy; what recording a form answers with, too. */
export const FamilyPoliciesFields = graphql(
  `
    fragment FamilyPolicies on Family {
      id
      policiesMissing
      guardians {
        id
        name
      }
      policyStatuses {
        carriedOver
        policyVersion {
          id
          number
          title
          policy {
            id
            required
          }
        }
        student {
          id
          name
        }
        acceptance {
          id
        }
        history {
          id
          ...FamilyAcceptance
        }
      }
    }
  `,
  [AcceptanceFields],
);

export const FamilyPoliciesQuery = graphql(
  `
    query FamilyPoliciesPanel($id: ID!) {
      node(id: $id) {
        __typename
        ... on Family {
          id
          ...FamilyPolicies
        }
      }
    }
  `,
  [FamilyPoliciesFields],
);

export type Acceptance = ResultOf<typeof AcceptanceFields>;
export type Signer = { id: string; name: string };

/** One line of the panel: a policy, or one student's part of it. */
export interface Line {
  key: string;
  versionId: string;
  number: number;
  title: string;
  student: { id: string; name: string } | null;
  /** The one that counts. */
  acceptance: Acceptance | null;
  carriedOver: boolean;
  history: Acceptance[];
}

/** A policy with its lines. */
export interface Group {
  policyId: string;
  title: string;
  number: number;
  required: boolean;
  lines: Line[];
}

/** The lines put together by policy, in the order of the API; and who may have signed a form. */
export function readFamilyPolicies(masked: FragmentOf<typeof FamilyPoliciesFields>) {
  const family = readFragment(FamilyPoliciesFields, masked);
  const groups = new Map<string, Group>();
  for (const status of family.policyStatuses) {
    const { id: versionId, number, title, policy } = status.policyVersion;
    const group = groups.get(policy.id) ?? { policyId: policy.id, title, number, required: policy.required, lines: [] };
    const history = status.history.map((one) => readFragment(AcceptanceFields, one));
    group.lines.push({
      key: `${policy.id} ${status.student?.id ?? ""}`,
      versionId,
      number,
      title,
      student: status.student,
      acceptance: history.find((one) => one.id === status.acceptance?.id) ?? null,
      carriedOver: status.carriedOver,
      history,
    });
    groups.set(policy.id, group);
  }
  return { groups: [...groups.values()], guardians: family.guardians as readonly Signer[] };
}
