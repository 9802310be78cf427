import { type RefObject, useEffect, useRef, useState } from "react";
import { useLanguage } from "../../shared/i18n/i18n";
import { formatPhone } from "../../shared/phone";
import { useNow } from "../../shared/time/use-now";
import { useTimeZone } from "../../shared/time/zone";
import { Banner } from "../../shared/ui/Banner";
import { ConfirmDialog } from "../../shared/ui/ConfirmDialog";
import { TextField } from "../../shared/ui/Field";
import { useT } from "../i18n";
import { useSmsAccount } from "../shell/use-sms-account";
import { type Outcome, outcomeOfError } from "./attempt";
import { type Channel, firstName, type Resettable, readOption } from "./model";
import { noticesFor } from "./notices";
import { reasonText } from "./reasons";
import { useRequestPasswordReset } from "./use-request-password-reset";

/**
 * Asks before a link is sent. The idempotency key is made when the dialog appears and stays the same for every
 * YES in it: however often an answer gets lost, one link is sent and one credit spent.
 */
export function ResetDialog(props: {
  guardian: Resettable;
  channel: Channel;
  returnTo: RefObject<HTMLElement | null>;
  onClose: () => void;
  onSent: () => void;
}) {
  const { guardian, channel } = props;
  const t = useT();
  const { locale } = useLanguage();
  const timeZone = useTimeZone();
  const now = useNow(10_000);
  const account = useSmsAccount();
  const [key] = useState(() => crypto.randomUUID());
  const [result, send] = useRequestPasswordReset();
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [reason, setReason] = useState("");
  const [reasonMissing, setReasonMissing] = useState(false);
  const banner = useRef<HTMLDivElement>(null);
  const reasonField = useRef<HTMLInputElement>(null);

  const option = guardian.options.find((o) => o.channel === channel);
  const name = firstName(guardian.name);
  const context = { t, now, timeZone, locale, guardian: guardian.name };
  const notices = noticesFor(guardian, channel, context);
  // Once an answer was lost, another reason would be another request under the same key.
  const reasonFixed = outcome?.kind === "unknown";

  useEffect(() => {
    if (outcome) (outcome.kind === "refused" && outcome.aboutReason ? reasonField : banner).current?.focus();
  }, [outcome]);

  async function confirm() {
    if (option?.reasonRequired && !reason.trim()) {
      setReasonMissing(true);
      reasonField.current?.focus();
      return;
    }
    setReasonMissing(false);
    const { data, error } = await send({
      input: { guardianId: guardian.id, channel, reason: reason.trim() || null, idempotencyKey: key },
    });
    if (data?.requestPasswordReset.request) {
      props.onSent();
      return;
    }
    if (error) {
      setOutcome(outcomeOfError(error));
      return;
    }
    const first = data?.requestPasswordReset.errors[0];
    setOutcome({
      kind: "refused",
      aboutReason: first?.path?.at(-1) === "reason",
      ...(first && { code: first.code, message: first.message }),
      ...(first?.__typename === "ChannelUnavailableError" && { option: readOption(first.option) }),
    });
  }

  function outcomeText(): string {
    switch (outcome?.kind) {
      case "unknown":
        return t(outcome.offline ? "part.offline" : "dialog.unknown");
      case "signedOut":
        return t("dialog.nothingSent");
      case "refused": {
        if (outcome.option?.unavailable) return reasonText(outcome.option, context);
        if (outcome.code === "NO_CREDITS") return t("reason.NO_CREDITS");
        return outcome.message || t("dialog.nothingSent");
      }
      default:
        return "";
    }
  }

  const destination = option?.destination ?? "";
  const aboutReason = outcome?.kind === "refused" && outcome.aboutReason;
  const text = aboutReason ? "" : outcomeText();
  return (
    <ConfirmDialog
      open
      title={t(`actions.${channel}`)}
      description={
        channel === "EMAIL"
          ? t("dialog.email.ask", { name: guardian.name, email: destination })
          : t("dialog.sms.ask", { name: guardian.name, phone: formatPhone(destination) })
      }
      cancel={t("action.cancel")}
      confirm={result.fetching ? t("dialog.sending") : t("dialog.yes")}
      waiting={result.fetching}
      onCancel={props.onClose}
      onConfirm={() => void confirm()}
      returnTo={props.returnTo}
    >
      <p className="mt-3 text-ink-soft">
        {channel === "EMAIL"
          ? t("dialog.email.expires", { name })
          : account
            ? t("dialog.sms.expires", { balance: account.balance, left: Math.max(0, account.balance - 1) })
            : t("dialog.sms.expiresOnly")}
      </p>
      {(notices.length > 0 || text) && (
        <div className="mt-4 grid gap-3">
          {notices.map((notice) => (
            <Banner key={notice} tone="warn">
              {notice}
            </Banner>
          ))}
        </div>
      )}
      {option?.reasonRequired && (
        <TextField
          ref={reasonField}
          className="mt-4"
          label={t("dialog.reason")}
          hint={t("dialog.reasonHint")}
          required
          readOnly={reasonFixed}
          maxLength={300}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          error={reasonMissing ? t("dialog.reasonMissing") : aboutReason ? outcomeText() : undefined}
        />
      )}
      {text && (
        <div className="mt-4">
          <Banner tone="bad" role="alert" tabIndex={-1} ref={banner}>
            {text}
          </Banner>
        </div>
      )}
    </ConfirmDialog>
  );
}
