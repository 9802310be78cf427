import type { VariablesOf } from "../../../shared/graphql/graphql";
import { graphql } from "../../../shared/graphql/graphql";
import type { AuditParams } from "../../urls";

/** The newest entries, without their content: to count those that came after the page was read. */
export const NewEntriesQuery = graphql(`
  query NewAuditEntries($filter: AuditFilter) {
    auditEntries(first: 50, filter: $filter) {
      edges {
        cursor
        node {
          id
        }
      }
    }
  }
`);

export type AuditFilter = NonNullable<VariablesOf<typeof NewEntriesQuery>["filter"]>;
export type AuditAction = NonNullable<AuditFilter["actions"]>[number];

export const auditActions = [
  "PASSWORD_RESET_REQUESTED",
  "PASSWORD_RESET_DELIVERY",
  "PASSWORD_RESET_COMPLETED",
  "PASSWORD_RESET_REJECTED",
  "PASSWORD_CHANGED",
  "SIGN_IN",
  "SIGN_IN_FAILED",
  "SIGN_OUT",
  "LOGIN_ACCESS_CHANGED",
  "CONTACT_CHANGED",
  "FAMILY_CREATED",
  "FAMILY_CHANGED",
  "FAMILY_ARCHIVED",
  "GUARDIAN_ADDED",
  "GUARDIAN_CHANGED",
  "GUARDIAN_ARCHIVED",
  "STUDENT_ADDED",
  "STUDENT_CHANGED",
  "STUDENT_ARCHIVED",
  "FAMILIES_IMPORTED",
  "SMS_CREDITS_CHANGED",
  "SMS_SETTING_CHANGED",
  "BUSINESS_CREATED",
  "STAFF_CREATED",
] as const satisfies readonly AuditAction[];

export const channels = ["EMAIL", "SMS"] as const;
export const outcomes = ["SUCCEEDED", "REFUSED", "FAILED"] as const;

/** The API's filter for what the URL says; values that are none are left out. Both dates are inclusive. */
export function filterOf(
  params: AuditParams,
  startOfDay: (date: string) => string,
  nextDay: (date: string) => string,
): AuditFilter {
  const action = auditActions.find((a) => a === params.action);
  const channel = channels.find((c) => c === params.channel);
  const outcome = outcomes.find((o) => o === params.outcome);
  return {
    ...(action && { actions: [action] }),
    ...(channel && { channel }),
    ...(outcome && { outcome }),
    ...(params.actor && { actorId: params.actor }),
    ...(params.family && { familyId: params.family }),
    ...(params.guardian && { guardianId: params.guardian }),
    ...(params.from && { from: startOfDay(params.from) }),
    ...(params.to && { to: startOfDay(nextDay(params.to)) }),
  };
}
