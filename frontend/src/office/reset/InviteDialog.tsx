import { type RefObject, useEffect, useRef, useState } from "react";
import { useLanguage } from "../../shared/i18n/i18n";
import { useWords } from "../../shared/i18n/words";
import { formatPhone } from "../../shared/phone";
import { useNow } from "../../shared/time/use-now";
import { useTimeZone } from "../../shared/time/zone";
import { announce } from "../../shared/ui/announce";
import { Banner } from "../../shared/ui/Banner";
import { ConfirmDialog } from "../../shared/ui/ConfirmDialog";
import { TextField } from "../../shared/ui/Field";
import { useT } from "../i18n";
import { useSmsAccount } from "../shell/use-sms-account";
import { type Outcome, outcomeOfError } from "./attempt";
import { inviteWords } from "./invite-words";
import { type Channel, firstName, type Resettable, readOption } from "./model";
import { ago } from "./notices";
import { reasonText } from "./reasons";
import { useInviteGuardian } from "./use-invite-guardian";

/**
 * Asks before an invitation is sent, by the rules of the reset dialog: one key for every YES in it, so that however
 * often an answer gets lost, one link is sent and one credit spent.
 */
export default function InviteDialog(props: {
  guardian: Resettable;
  returnTo: RefObject<HTMLElement | null>;
  onClose: () => void;
}) {
  const { guardian } = props;
  const t = useT();
  const own = useWords(inviteWords);
  const { locale } = useLanguage();
  const timeZone = useTimeZone();
  const now = useNow(10_000);
  const account = useSmsAccount();
  const [result, send] = useInviteGuardian();
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [reason, setReason] = useState("");
  const [reasonMissing, setReasonMissing] = useState(false);
  const banner = useRef<HTMLDivElement>(null);
  const reasonField = useRef<HTMLInputElement>(null);

  const usable = guardian.invitations.filter((option) => option.available);
  const [channel, setChannel] = useState<Channel>(() => usable[0]?.channel ?? "EMAIL");
  const [keys] = useState(() => ({ EMAIL: crypto.randomUUID(), SMS: crypto.randomUUID() }));
  const option = guardian.invitations.find((o) => o.channel === channel);
  const name = firstName(guardian.name);
  const context = { t, now, timeZone, locale, guardian: guardian.name };
  // Once an answer was lost, another channel or reason would be another request.
  const fixed = outcome?.kind === "unknown" || result.fetching;

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
      input: { guardianId: guardian.id, channel, reason: reason.trim() || null, idempotencyKey: keys[channel] },
    });
    if (data?.inviteGuardian.request) {
      announce(own("invite.done"));
      props.onClose();
      return;
    }
    if (error) return setOutcome(outcomeOfError(error));
    const first = data?.inviteGuardian.errors[0];
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
      case "refused":
        if (outcome.option?.unavailable) return reasonText(outcome.option, context);
        return outcome.message || t("dialog.nothingSent");
      default:
        return "";
    }
  }

  const notices: string[] = [];
  const last = guardian.last;
  if (last?.purpose === "INVITATION" && last.state === "ACTIVE")
    notices.push(own("invite.again.open", { time: ago(last.requestedAt, context), by: last.requestedBy.name }));
  const change = guardian.contactChanges.find((c) => c.field === (channel === "EMAIL" ? "email" : "phone"));
  if (change) {
    const values = { time: ago(change.changedAt, context), by: change.changedBy.name, name };
    notices.push(channel === "EMAIL" ? t("dialog.emailChanged", values) : t("dialog.phoneChanged", values));
  }
  const destination = option?.destination ?? "";
  const aboutReason = outcome?.kind === "refused" && outcome.aboutReason;
  const text = aboutReason ? "" : outcomeText();
  return (
    <ConfirmDialog
      open
      title={own("invite.title")}
      description={
        channel === "EMAIL"
          ? own("invite.ask.EMAIL", { name: guardian.name, email: destination })
          : own("invite.ask.SMS", { name: guardian.name, phone: formatPhone(destination) })
      }
      cancel={t("action.cancel")}
      confirm={result.fetching ? t("dialog.sending") : t("dialog.yes")}
      waiting={result.fetching}
      onCancel={props.onClose}
      onConfirm={() => void confirm()}
      returnTo={props.returnTo}
    >
      {usable.length > 1 && (
        <fieldset className="mt-4 flex flex-wrap gap-x-6 gap-y-1">
          <legend className="text-[0.9375rem] font-semibold">{own("invite.how")}</legend>
          {usable.map((o) => (
            <label key={o.channel} className="flex min-h-8 items-center gap-2">
              <input
                type="radio"
                name="invite-channel"
                className="size-4 accent-[var(--color-accent)]"
                checked={o.channel === channel}
                disabled={fixed}
                onChange={() => setChannel(o.channel)}
              />
              {own(`invite.${o.channel}`)}
            </label>
          ))}
        </fieldset>
      )}
      <p className="mt-3 text-ink-soft">
        {channel === "SMS" && account
          ? own("invite.balance", { balance: account.balance, left: Math.max(0, account.balance - 1) })
          : own("invite.expires", { name })}
      </p>
      {notices.length > 0 && (
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
          readOnly={fixed}
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
