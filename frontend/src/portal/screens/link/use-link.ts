import { useCallback } from "react";
import { graphql, type ResultOf } from "../../../shared/graphql/graphql";
import { useLanguage } from "../../../shared/i18n/i18n";
import { request } from "../../api/request";
import { useLoad } from "../../api/use-load";

const LinkQuery = graphql(`
  query Link($token: String!) {
    passwordResetLink(token: $token) {
      state
      purpose
      sentAt
      expiresAt
      username
      passwordMinLength
      newerSentAt
      business {
        name
        slug
        phone
        timeZone
        passwordMinLength
        accent
      }
    }
  }
`);

export type LinkData = ResultOf<typeof LinkQuery>["passwordResetLink"];

const unknown: LinkData = {
  state: "UNKNOWN",
  purpose: null,
  sentAt: null,
  expiresAt: null,
  username: null,
  passwordMinLength: null,
  newerSentAt: null,
  business: null,
};

/** The state of a link. Reading it uses nothing up. */
export function useLink(secret: string) {
  const { locale } = useLanguage();
  const load = useCallback(
    async () => (secret ? (await request(LinkQuery, { token: secret }, locale)).passwordResetLink : unknown),
    [secret, locale],
  );
  return useLoad(load);
}
