import { MessageSquareText } from "lucide-react";
import { Link } from "wouter";
import { useT } from "../i18n";
import { usePermission } from "../session/session";
import { smsCreditsUrl } from "../urls";
import { useSmsAccount } from "./use-sms-account";

/** The SMS balance in the top bar, while text messaging is on. */
export function SmsBalance() {
  const t = useT();
  const account = useSmsAccount();
  const mayManage = usePermission("SETTINGS_MANAGE");
  const maySpend = usePermission("SMS_SPEND");
  if (!account?.enabled) return null;
  const content = (
    <>
      <MessageSquareText aria-hidden className="size-4 flex-none" />
      <span className="tabular-nums">{t("shell.credits", { count: account.balance })}</span>
    </>
  );
  const style = "hidden items-center gap-2 px-2 text-sm text-ink-soft sm:flex";
  return mayManage || maySpend ? (
    <Link href={smsCreditsUrl()} className={`${style} min-h-9 rounded-box hover:text-ink hover:underline`}>
      {content}
    </Link>
  ) : (
    <p className={style}>{content}</p>
  );
}
