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

/** Every action there is, in the groups of the list; a test compares them with the schema. */
export const auditGroups = {
  reset: [
    "PASSWORD_RESET_REQUESTED",
    "PASSWORD_RESET_DELIVERY",
    "PASSWORD_RESET_LINK_OPENED",
    "PASSWORD_RESET_COMPLETED",
    "PASSWORD_RESET_REJECTED",
    "GUARDIAN_INVITED",
    "PASSWORD_CHANGED",
    "PASSWORD_DISABLED",
  ],
  signIn: [
    "SIGN_IN",
    "SIGN_IN_FAILED",
    "SIGN_OUT",
    "SESSION_ENDED",
    "SIGNED_OUT_EVERYWHERE",
    "SECOND_FACTOR_CHANGED",
    "SECOND_FACTOR_FAILED",
    "IDENTITY_CONFIRMED",
  ],
  family: [
    "CONTACT_CHANGED",
    "CONTACT_MARKED",
    "CONTACT_MARK_CLEARED",
    "LOGIN_ACCESS_CHANGED",
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
    "PERSON_ERASED",
  ],
  policy: [
    "POLICY_PUBLISHED",
    "POLICY_VERSION_EFFECTIVE",
    "POLICY_RETIRED",
    "POLICY_ACCEPTED",
    "POLICY_MANUALLY_ACCEPTED",
    "POLICY_SCAN_UPLOADED",
    "POLICY_SCAN_VIEWED",
  ],
  sms: ["SMS_CREDITS_CHANGED", "SMS_SETTING_CHANGED", "SMS_GUARDS_CHANGED", "SMS_PAUSED", "SMS_RESUMED"],
  staff: [
    "STAFF_CREATED",
    "STAFF_INVITED",
    "STAFF_CHANGED",
    "STAFF_DEACTIVATED",
    "STAFF_RESET_REQUESTED",
    "STAFF_PASSWORD_SET",
    "API_TOKEN_CREATED",
    "API_TOKEN_REVOKED",
    "BUSINESS_CREATED",
    "BUSINESS_CHANGED",
  ],
  other: ["AUDIT_EXPORTED", "AUDIT_CHECKPOINT_SENT", "MESSAGE_DELIVERY", "KEYS_ROTATED", "REQUEST_REFUSED"],
} as const satisfies Record<string, readonly AuditAction[]>;

export const auditActions = Object.values(auditGroups).flat();

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
