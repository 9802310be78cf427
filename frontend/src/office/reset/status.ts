import { clock, short } from "../../shared/time/format";
import type { OfficeTranslate } from "../i18n";
import type { Reset } from "./model";

export type StatusTone = "good" | "warn" | "bad" | "none";
export type StatusAction = "editEmail" | "editPhone" | "useSms" | "tryAgain";

export interface ResetStatus {
  tone: StatusTone;
  /** "Password reset SMS · 2:14 PM by Dana Price · Delivered · Link expires 2:44 PM", in its parts. */
  parts: string[];
  /** How far the message got; it is announced when it changes. */
  delivery: string;
  link: string;
  /** What "Delivered" does and does not mean. */
  description: string;
  action: StatusAction | null;
}

interface Context {
  t: OfficeTranslate;
  now: Date;
  timeZone: string;
  locale: string;
}

const reportIsLate = 2 * 60_000;

/** The status line of a reset: what was sent, when, by whom, how far it got, and what became of its link. */
export function statusOf(reset: Reset, context: Context): ResetStatus {
  const { t, now, timeZone, locale } = context;
  const { text, tone, action } = delivery(reset, context);
  const link = linkText(reset, context);
  const credit = creditText(reset, context);
  return {
    tone,
    parts: [
      t(`status.${reset.purpose === "INVITATION" ? "invitation" : "kind"}.${reset.channel}`),
      t("status.when", {
        time: short(new Date(reset.requestedAt), now, timeZone, locale),
        name: reset.requestedBy.name,
      }),
      credit ? `${text} ${credit}` : text,
      ...(link ? [link] : []),
    ],
    delivery: text,
    link,
    description: reset.delivery === "DELIVERED" ? t(`status.deliveredHint.${reset.channel}`) : "",
    action,
  };
}

function delivery(reset: Reset, { t, now }: Context): { text: string; tone: StatusTone; action: StatusAction | null } {
  switch (reset.delivery) {
    case "QUEUED":
    case "SENDING":
      return { text: t("status.sending"), tone: "none", action: null };
    case "SENT":
      return { text: isLate(reset, now) ? t("status.noReport") : t("status.sent"), tone: "warn", action: null };
    case "DELIVERED":
      return { text: t("status.delivered"), tone: "good", action: null };
    case "DELAYED":
      return { text: t("status.delayed"), tone: "warn", action: null };
    default: {
      const { text, action } = problemOf(reset.deliveryProblem, t);
      return { text, tone: "bad", action };
    }
  }
}

/** Why a message did not get there, and what could be done about it. */
export function problemOf(
  problem: Reset["deliveryProblem"],
  t: OfficeTranslate,
): { text: string; action: StatusAction | null } {
  switch (problem) {
    case "ADDRESS_NOT_FOUND":
      return { text: t("status.addressNotFound"), action: "editEmail" };
    case "MAILBOX_UNAVAILABLE":
    case "REJECTED_AS_SPAM":
      return { text: t("status.mailboxRefused"), action: "useSms" };
    case "SUPPRESSED":
      return { text: t("status.suppressed"), action: "useSms" };
    case "NUMBER_INVALID":
    case "CARRIER_BLOCKED":
      return { text: t("status.numberRefused"), action: "editPhone" };
    case "PHONE_UNREACHABLE":
      return { text: t("status.phoneOff"), action: null };
    case "OPTED_OUT":
      return { text: t("status.optedOut"), action: null };
    case "PROVIDER_ERROR":
      return { text: t("status.providerError"), action: "tryAgain" };
    default:
      return { text: t("status.notDelivered"), action: null };
  }
}

/** A text that did not arrive gives its credit back; while nobody knows, it is held. */
function creditText(reset: Reset, { t, now }: Context): string {
  if (reset.channel !== "SMS") return "";
  const failed = reset.delivery === "NOT_DELIVERED" || reset.delivery === "FAILED";
  if (failed) return reset.creditsSpent === 0 ? t("status.creditReturned") : t("status.creditHeld");
  return reset.delivery === "SENT" && isLate(reset, now) ? t("status.creditHeld") : "";
}

function linkText(reset: Reset, { t, now, timeZone, locale }: Context): string {
  const time = (at: string) =>
    reset.purpose === "INVITATION" ? short(new Date(at), now, timeZone, locale) : clock(new Date(at), timeZone, locale);
  switch (reset.state) {
    case "ACTIVE":
      if (!reset.expiresAt) return "";
      return Date.parse(reset.expiresAt) <= now.getTime()
        ? t("status.linkExpired")
        : t("status.linkExpires", { time: time(reset.expiresAt) });
    case "USED":
      return reset.usedAt ? t("status.linkUsed", { time: time(reset.usedAt) }) : t("status.linkUsedOnly");
    case "EXPIRED":
      return t("status.linkExpired");
    case "SUPERSEDED":
      return t("status.linkReplaced");
    case "REVOKED":
      return t("status.linkRevoked");
    default:
      return "";
  }
}

function isLate(reset: Reset, now: Date): boolean {
  return now.getTime() - Date.parse(reset.deliveryUpdatedAt) > reportIsLate;
}
