import type { ReactNode } from "react";
import { Client, fetchExchange, Provider } from "urql";
import { LanguageProvider, translator } from "../../shared/i18n/i18n";
import { TimeZone } from "../../shared/time/zone";
import { Announcer } from "../../shared/ui/announce";
import { catalog } from "../catalog/all-en";
import type { OfficeCatalog } from "../i18n";
import type { FollowedReset, ResetOption, Resettable } from "../reset/model";
import { type Permission, SessionProvider } from "../session/session";

export const timeZone = "America/Chicago";
/** 2:14 PM in Chicago. */
export const now = new Date("2026-03-03T20:14:00Z");
export const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString();
export const inSeconds = (seconds: number) => new Date(now.getTime() + seconds * 1000).toISOString();

/** The words of the tests are the words of the screens. */
export const context = { t: translator<OfficeCatalog>(catalog, "en"), now, timeZone, locale: "en" };

export const dana = { __typename: "Staff" as const, id: "stf_1", name: "Dana Price" };
export const maria = { __typename: "Guardian" as const, id: "gdn_1", name: "Maria Lopez" };

export function reset(changes: Partial<FollowedReset> = {}): FollowedReset {
  return {
    __typename: "PasswordResetRequest",
    id: "rst_1",
    purpose: "RESET",
    channel: "EMAIL",
    requestedAt: minutesAgo(2),
    sentAt: minutesAgo(2),
    expiresAt: inSeconds(28 * 60),
    state: "ACTIVE",
    usedAt: null,
    delivery: "DELIVERED",
    deliveryProblem: null,
    deliveryUpdatedAt: minutesAgo(1),
    creditsSpent: 0,
    requestedBy: dana,
    timeline: [{ kind: "REQUESTED", at: minutesAgo(2), problem: null }],
    ...changes,
  };
}

export function option(changes: Partial<ResetOption> = {}): ResetOption {
  const sms = changes.channel === "SMS";
  return {
    channel: "EMAIL",
    available: !changes.unavailable,
    reasonRequired: false,
    unavailable: null,
    message: null,
    destination: sms ? "+13125550123" : "maria@example.com",
    creditCost: sms ? 1 : 0,
    retryAt: null,
    recent: null,
    ...changes,
  };
}

export function guardian(changes: Partial<Resettable> = {}): Resettable {
  return {
    id: maria.id,
    name: maria.name,
    contactChanges: [],
    options: [option(), option({ channel: "SMS" })],
    invitations: [],
    portalStatus: "ACTIVE",
    invitedAt: null,
    last: null,
    ...changes,
  };
}

interface Call {
  name: string;
  variables: Record<string, unknown>;
}

type Answer = { data: unknown } | { errors: unknown } | "lost";

/** An API over the real transport whose answers a test gives; what was asked is kept. */
export function fakeApi(answers: Record<string, (call: Call) => Answer | Promise<Answer>>) {
  const calls: Call[] = [];
  const client = new Client({
    url: "http://localhost/graphql",
    preferGetMethod: false,
    exchanges: [fetchExchange],
    fetch: async (_, init) => {
      const body = JSON.parse(String(init?.body)) as { operationName: string; variables: Record<string, unknown> };
      const call = { name: body.operationName, variables: body.variables };
      calls.push(call);
      const answer = (await answers[call.name]?.(call)) ?? { data: {} };
      if (answer === "lost") throw new TypeError("connection lost");
      return new Response(JSON.stringify(answer), { headers: { "Content-Type": "application/json" } });
    },
  });
  return { client, calls };
}

/** The providers that a part of a screen needs. */
export function World(props: { client: Client; permissions?: readonly Permission[]; children: ReactNode }) {
  const business = {
    name: "Sunrise Gymnastics",
    slug: "sunrise",
    timeZone,
    country: "US",
    phone: null,
    locales: ["en", "es"],
  };
  const staff = { id: dana.id, name: dana.name, email: "dana@example.com" };
  return (
    <LanguageProvider initial={{ locale: "en", messages: catalog }} load={async () => catalog}>
      <Provider value={props.client}>
        <SessionProvider session={{ staff, business, permissions: props.permissions ?? [] }}>
          <TimeZone value={timeZone}>{props.children}</TimeZone>
        </SessionProvider>
      </Provider>
      <Announcer />
    </LanguageProvider>
  );
}
