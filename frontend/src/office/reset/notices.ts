import { clock, relative, short } from "../../shared/time/format";
import type { OfficeTranslate } from "../i18n";
import { type Channel, firstName, type Reset, type Resettable } from "./model";

interface Context {
  t: OfficeTranslate;
  now: Date;
  timeZone: string;
  locale: string;
}

/** What should be thought of before sending one more link; each sentence only when it is true. */
export function noticesFor(guardian: Resettable, channel: Channel, context: Context): string[] {
  const { t } = context;
  const name = firstName(guardian.name);
  const notices: string[] = [];

  const live = liveResets(guardian, channel, context.now);
  const byStaff = live.find((reset) => reset.requestedBy.__typename !== "Guardian");
  if (byStaff) notices.push(sentNotice(byStaff, channel, context));

  const byGuardian = live.find((reset) => reset.requestedBy.__typename === "Guardian");
  if (byGuardian) notices.push(t("dialog.asked", { name, time: ago(byGuardian.requestedAt, context) }));

  const field = channel === "EMAIL" ? "email" : "phone";
  const change = guardian.contactChanges.find((c) => c.field === field);
  if (change) {
    const values = { time: ago(change.changedAt, context), by: change.changedBy.name, name };
    notices.push(channel === "EMAIL" ? t("dialog.emailChanged", values) : t("dialog.phoneChanged", values));
  }
  return notices;
}

/** Links that still work, the one of this channel first; the newest of the other channel comes with the guardian. */
function liveResets(guardian: Resettable, channel: Channel, now: Date): Reset[] {
  const own = guardian.options.find((option) => option.channel === channel)?.recent ?? null;
  const others = guardian.options.filter((option) => option.channel !== channel).map((option) => option.recent);
  const seen = new Set<string>();
  return [own, guardian.last, ...others].filter((reset): reset is Reset => {
    if (!reset || seen.has(reset.id) || reset.state !== "ACTIVE") return false;
    seen.add(reset.id);
    return reset.expiresAt === null || Date.parse(reset.expiresAt) > now.getTime();
  });
}

function sentNotice(reset: Reset, channel: Channel, context: Context): string {
  const { t } = context;
  const values = { time: ago(reset.requestedAt, context), by: reset.requestedBy.name };
  const outcome = outcomeOf(reset);
  const sent = t(`dialog.recent.${reset.channel}.${outcome}`, values);
  return `${sent} ${channel === "SMS" ? (reset.channel === "SMS" ? t("dialog.replacesForAnother") : t("dialog.replacesForCredit")) : t("dialog.replaces")}`;
}

function outcomeOf(reset: Reset): "delivered" | "failed" | "open" {
  if (reset.delivery === "DELIVERED") return "delivered";
  return reset.delivery === "NOT_DELIVERED" || reset.delivery === "FAILED" ? "failed" : "open";
}

/** "2 minutes ago", "at 1:54 PM", "on Nov 25, 1:54 PM". */
export function ago(at: string, { t, now, timeZone, locale }: Context): string {
  const then = new Date(at);
  const near = relative(then, now, locale);
  if (near) return near;
  const time = short(then, now, timeZone, locale);
  return time === clock(then, timeZone, locale) ? t("time.at", { time }) : t("time.on", { time });
}
