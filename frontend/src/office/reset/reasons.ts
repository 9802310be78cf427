import { clock } from "../../shared/time/format";
import type { OfficeTranslate } from "../i18n";
import { firstName, type ResetOption } from "./model";

export interface ReasonContext {
  t: OfficeTranslate;
  guardian: string;
  now: Date;
  timeZone: string;
  locale: string;
}

/** Why an item of the Actions menu can't be used, as its second line says it; empty when it can. */
export function reasonText(
  option: Pick<ResetOption, "unavailable" | "message" | "retryAt">,
  { t, guardian, now, timeZone, locale }: ReasonContext,
): string {
  const name = firstName(guardian);
  switch (option.unavailable) {
    case null:
      return "";
    case "NO_PERMISSION":
      return t("reason.NO_PERMISSION");
    case "CANNOT_LOG_IN":
      return t("reason.CANNOT_LOG_IN", { name });
    case "NO_EMAIL":
      return t("reason.NO_EMAIL");
    case "NO_PHONE":
      return t("reason.NO_PHONE");
    case "EMAIL_BOUNCED":
      // The server's sentence tells an address that does not exist from one the email service blocks.
      return option.message ?? t("reason.EMAIL_BOUNCED");
    case "PHONE_NOT_MOBILE":
      return t("reason.PHONE_NOT_MOBILE");
    case "PHONE_OPTED_OUT":
      return t("reason.PHONE_OPTED_OUT");
    case "SMS_DISABLED":
      return t("reason.SMS_DISABLED");
    case "NO_CREDITS":
      return t("reason.NO_CREDITS");
    case "SECOND_STAFF_REQUIRED":
      return t("reason.SECOND_STAFF_REQUIRED");
    case "COOLDOWN":
      return t("reason.COOLDOWN", { seconds: secondsLeft(option.retryAt, now) });
    case "LIMIT_REACHED":
      // Only the server knows how many were sent; its sentence has the number.
      if (option.message) return option.message;
      return option.retryAt
        ? t("reason.LIMIT_REACHED", { time: clock(new Date(option.retryAt), timeZone, locale) })
        : t("reason.OTHER");
    default:
      return option.message ?? t("reason.OTHER");
  }
}

/** Whole seconds until sending is possible again, at least 1 while the server says no. */
export function secondsLeft(retryAt: string | null, now: Date): number {
  if (!retryAt) return 1;
  return Math.max(1, Math.ceil((Date.parse(retryAt) - now.getTime()) / 1000));
}
