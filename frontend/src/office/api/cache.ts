import { type Cache, cacheExchange, type DataFields } from "@urql/exchange-graphcache";
import { graphql } from "../../shared/graphql/graphql";

const SmsBalance = graphql(`
  fragment SmsBalance on SmsAccount {
    __typename
    id
    balance
  }
`);

/** Forgets a field of an object with all its arguments, such as every page of a list: it is read again where it shows. */
function forget(cache: Cache, object: Parameters<Cache["invalidate"]>[0], field: string): void {
  for (const known of cache.inspectFields(object)) {
    if (known.fieldName === field) cache.invalidate(object, known.fieldKey);
  }
}

const forgetList = (cache: Cache, field: string): void => forget(cache, "Query", field);

const refreshFamilies = (payload: string, result: string) => (data: DataFields, _: unknown, cache: Cache) => {
  const answer = data[payload] as DataFields | undefined;
  if (answer?.[result]) forgetList(cache, "families");
};

/** A family's own lists of guardians and students change when one is added, archived or brought back. */
const refreshFamily =
  (payload: string, result: string, list: string) => (data: DataFields, args: unknown, cache: Cache) => {
    const answer = data[payload] as DataFields | undefined;
    if (!answer?.[result]) return;
    forgetList(cache, "families");
    const familyId = (args as { input: { familyId?: string } }).input.familyId;
    if (familyId) cache.invalidate({ __typename: "Family", id: familyId }, list);
  };

/** What is asked of families has changed: lists of policies, who is missing, and the column of Families. */
const refreshPolicies = (payload: string) => (data: DataFields, _: unknown, cache: Cache) => {
  const { policy } = data[payload] as { policy?: { id: string } | null };
  if (!policy) return;
  // Not its counts: they are part of the answer, which is read from here.
  forget(cache, { __typename: "Policy", id: policy.id }, "missing");
  for (const list of ["policies", "families"]) forgetList(cache, list);
};

/** What implements UserError: a fragment on the interface can't be read without knowing that. */
export const userErrors = [
  "ChannelUnavailableError",
  "FieldError",
  "LinkUnusableError",
  "NoCreditsError",
  "NotCurrentVersionError",
  "StaleVersionError",
];

/** Objects are kept once, by id; what has no id belongs to the object it was read with. */
export const cache = () =>
  cacheExchange({
    possibleTypes: { UserError: userErrors },
    keys: {
      Viewer: () => null,
      Business: () => null,
      PasswordResetOption: () => null,
      ContactChange: () => null,
      ContactMark: () => null,
      AuditDetail: () => null,
      PasswordResetStep: () => null,
      SystemActor: () => null,
      Security: () => null,
      StaffInvitation: () => null,
      TotpSetup: () => null,
      PolicyStatus: () => null,
      PolicyCounts: () => null,
      PolicyGap: () => null,
      CredentialProvenance: () => null,
    },
    updates: {
      Mutation: {
        createFamily: refreshFamilies("createFamily", "family"),
        archiveFamily: refreshFamilies("archiveFamily", "family"),
        restoreFamily: refreshFamilies("restoreFamily", "family"),
        addGuardian: refreshFamily("addGuardian", "guardian", "guardians"),
        addStudent: refreshFamily("addStudent", "student", "students"),
        // The family comes with the answer; what has happened to it and the counts are read again.
        recordManualAcceptance: (data, _, cache) => {
          const { family } = data.recordManualAcceptance as { family?: { id: string } | null };
          if (!family) return;
          forget(cache, { __typename: "Family", id: family.id }, "activity");
          forget(cache, "Query", "policies");
        },
        publishPolicyVersion: refreshPolicies("publishPolicyVersion"),
        retirePolicy: refreshPolicies("retirePolicy"),
        addSmsCredits: (data, _, cache) => {
          if ((data.addSmsCredits as DataFields).smsAccount) forgetList(cache, "smsAccount");
        },
        requestPasswordReset: (data, _, cache) => {
          const balance = (data.requestPasswordReset as DataFields).smsBalance;
          const account = cache.resolve("Query", "smsAccount");
          if (typeof balance !== "number" || typeof account !== "string") return;
          const id = account.slice(account.indexOf(":") + 1);
          cache.writeFragment(SmsBalance, { __typename: "SmsAccount", id, balance } as never);
        },
      },
    },
  });
