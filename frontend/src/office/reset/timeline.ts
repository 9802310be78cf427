import { clock, short } from "../../shared/time/format";
import type { OfficeTranslate } from "../i18n";
import type { FollowedReset } from "./model";
import { problemOf, type ResetStatus } from "./status";

export type StepState = "done" | "now" | "failed";

/** One step on the way of a link: what happened, and when; or what is awaited. */
export interface Step {
  key: string;
  state: StepState;
  text: string;
  time: string;
}

interface Context {
  t: OfficeTranslate;
  now: Date;
  timeZone: string;
  locale: string;
}

/**
 * The way of a reset from the office to the new password: what happened, as the server tells it, and below what is
 * still awaited.
 */
export function timelineOf(reset: FollowedReset, status: ResetStatus, context: Context): Step[] {
  const { t, now, timeZone, locale } = context;
  const steps: Step[] = [];
  for (const step of reset.timeline) {
    const words = wordsOf(step, reset, t);
    if (words) steps.push({ key: step.kind, ...words, time: short(new Date(step.at), now, timeZone, locale) });
  }
  switch (reset.delivery) {
    case "QUEUED":
    case "SENDING":
      steps.push({ key: "sending", state: "now", text: status.delivery, time: "" });
      break;
    case "SENT":
      steps.push({ key: "waiting", state: "now", text: t("steps.waiting"), time: "" });
  }
  const link = liveLink(reset, context);
  if (link) steps.push(link);
  return steps;
}

/** The words for something that happened; null for what this screen does not know yet. */
function wordsOf(
  step: FollowedReset["timeline"][number],
  reset: FollowedReset,
  t: OfficeTranslate,
): Pick<Step, "state" | "text"> | null {
  switch (step.kind) {
    case "REQUESTED":
      return { state: "done", text: t("steps.requested", { name: reset.requestedBy.name }) };
    case "SENT":
      return { state: "done", text: t("steps.sent") };
    case "ACCEPTED":
      return { state: "done", text: t("steps.accepted") };
    case "DELAYED":
      return { state: "now", text: t("status.delayed") };
    case "DELIVERED":
      return { state: "done", text: t("status.delivered") };
    case "NOT_DELIVERED":
    case "FAILED":
      return { state: "failed", text: problemOf(step.problem, t).text };
    case "LINK_USED":
      return { state: "done", text: t("status.linkUsedOnly") };
    case "LINK_REPLACED":
      return { state: "failed", text: t("status.linkReplaced") };
    case "LINK_WITHDRAWN":
      return { state: "failed", text: t("status.linkRevoked") };
    case "LINK_EXPIRED":
      return { state: "failed", text: t("status.linkExpired") };
    default:
      return null;
  }
}

/** How long the link still works. Its end is told here, too, until the server is asked the next time. */
function liveLink(reset: FollowedReset, { t, now, timeZone, locale }: Context): Step | null {
  if (reset.state !== "ACTIVE" || !reset.expiresAt) return null;
  const end = new Date(reset.expiresAt);
  const left = end.getTime() - now.getTime();
  if (left <= 0) {
    return { key: "link", state: "failed", text: t("status.linkExpired"), time: short(end, now, timeZone, locale) };
  }
  // An invitation works for days: minutes tell nothing, and a clock time needs its day.
  const far = left > 90 * 60_000;
  const time = far ? short(end, now, timeZone, locale) : clock(end, timeZone, locale);
  const minutes = Math.max(1, Math.round(left / 60_000)); // the screen's clock is some seconds behind
  return {
    key: "link",
    state: "now",
    text: far ? t("steps.linkStillWorks") : t("steps.linkWorks", { minutes }),
    time: t("steps.until", { time }),
  };
}
