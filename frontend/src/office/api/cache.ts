import { type Cache, cacheExchange, type DataFields } from "@urql/exchange-graphcache";
import { graphql } from "../../shared/graphql/graphql";

const SmsBalance = graphql(`
  fragment SmsBalance on SmsAccount {
    __typename
    id
    balance
  }
`);

/** Forgets every page of a list, so that it is read again where it shows. */
function forgetList(cache: Cache, field: string): void {
  for (const known of cache.inspectFields("Query")) {
    if (known.fieldName === field) cache.invalidate("Query", known.fieldKey);
  }
}

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

/** Objects are kept once, by id; what has no id belongs to the object it was read with. */
export const cache = () =>
  cacheExchange({
    keys: {
      Viewer: () => null,
      Business: () => null,
      PasswordResetOption: () => null,
      ContactChange: () => null,
      AuditDetail: () => null,
      SystemActor: () => null,
    },
    updates: {
      Mutation: {
        createFamily: refreshFamilies("createFamily", "family"),
        archiveFamily: refreshFamilies("archiveFamily", "family"),
        restoreFamily: refreshFamilies("restoreFamily", "family"),
        addGuardian: refreshFamily("addGuardian", "guardian", "guardians"),
        addStudent: refreshFamily("addStudent", "student", "students"),
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
