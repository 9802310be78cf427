import { clock, short } from "../../shared/time/format";
import type { OfficeTranslate } from "../i18n";
import type { Reset } from "./model";
import type { ResetStatus } from "./status";

export type StepState = "done" | "now" | "failed";

/** One step on the way of a link: what happened, and when, as far as that is known. */
export interface Step {
  key: "requested" | "sent" | "arrived" | "link";
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

/** The way of a reset, from the office to the new password. What its status line says of delivery and link is said here too. */
export function timelineOf(reset: Reset, status: ResetStatus, context: Context): Step[] {
  const { t, now, timeZone, locale } = context;
  const at = (time: string | null) => (time ? short(new Date(time), now, timeZone, locale) : "");
  const steps: Step[] = [
    {
      key: "requested",
      state: "done",
      text: t("steps.requested", { name: reset.requestedBy.name }),
      time: at(reset.requestedAt),
    },
  ];
  switch (reset.delivery) {
    case "QUEUED":
    case "SENDING":
      steps.push({ key: "sent", state: "now", text: status.delivery, time: "" });
      break;
    case "FAILED": // it never left
      steps.push({ key: "sent", state: "failed", text: status.delivery, time: at(reset.deliveryUpdatedAt) });
      break;
    default:
      steps.push({ key: "sent", state: "done", text: t("steps.sent"), time: at(reset.sentAt) });
      steps.push(arrived(reset, status, t, at));
  }
  const link = linkStep(reset, status, context);
  if (link) steps.push(link);
  return steps;
}

function arrived(reset: Reset, status: ResetStatus, t: OfficeTranslate, at: (time: string) => string): Step {
  const step = { key: "arrived" as const, text: status.delivery, time: at(reset.deliveryUpdatedAt) };
  switch (reset.delivery) {
    case "DELIVERED":
      return { ...step, state: "done" };
    case "NOT_DELIVERED":
      return { ...step, state: "failed" };
    case "SENT":
      return { ...step, state: "now", text: t("steps.waiting"), time: "" };
    default:
      return { ...step, state: "now" };
  }
}

function linkStep(reset: Reset, status: ResetStatus, { t, now, timeZone, locale }: Context): Step | null {
  if (!status.link) return null;
  const left = reset.expiresAt ? Date.parse(reset.expiresAt) - now.getTime() : 0;
  if (reset.state === "ACTIVE" && reset.expiresAt && left > 0) {
    const minutes = Math.max(1, Math.round(left / 60_000)); // the screen's clock is some seconds behind
    const time = clock(new Date(reset.expiresAt), timeZone, locale);
    return { key: "link", state: "now", text: t("steps.linkWorks", { minutes }), time: t("steps.until", { time }) };
  }
  return { key: "link", state: reset.state === "USED" ? "done" : "failed", text: status.link, time: "" };
}
