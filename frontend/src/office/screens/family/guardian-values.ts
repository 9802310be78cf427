import type { ResultOf } from "../../../shared/graphql/graphql";
import { formatPhone } from "../../../shared/phone";
import type { GuardianFields } from "./fields";

export type GuardianData = ResultOf<typeof GuardianFields>;

export type GuardianValues = {
  name: string;
  relation: string;
  email: string;
  phone: string;
  locale: string;
  canLogIn: boolean;
};

export function guardianValues(guardian: GuardianData): GuardianValues {
  return {
    name: guardian.name,
    relation: guardian.relation,
    email: guardian.email ?? "",
    phone: guardian.phone ? formatPhone(guardian.phone) : "",
    locale: guardian.locale,
    canLogIn: guardian.canLogIn,
  };
}
