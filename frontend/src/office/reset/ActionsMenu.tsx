import { Menu } from "@base-ui/react/menu";
import { EllipsisVertical, Mail, MessageSquareText, UserPlus } from "lucide-react";
import { type RefObject, useEffect, useId, useRef, useState } from "react";
import { Link } from "wouter";
import { useLanguage } from "../../shared/i18n/i18n";
import { useNow } from "../../shared/time/use-now";
import { useTimeZone } from "../../shared/time/zone";
import { announce } from "../../shared/ui/announce";
import { mainLandmark } from "../../shared/ui/landmark";
import { Tip } from "../../shared/ui/Tip";
import { useT } from "../i18n";
import { usePermission } from "../session/session";
import { paths, smsCreditsUrl } from "../urls";
import type { Channel, ResetOption, Resettable } from "./model";
import { reasonText } from "./reasons";

/**
 * The three dots on a guardian's card. Both ways to send a link are always there, in the same order; one that
 * can't be used keeps its focus and says why.
 */
export function ActionsMenu(props: {
  guardian: Resettable;
  button: RefObject<HTMLButtonElement | null>;
  onChoose: (channel: Channel) => void;
  /** The item after both, which is there only while there is somebody to invite. */
  onInvite: () => void;
  /** Reads the options again; called when a countdown has ended. */
  onStale: () => void;
}) {
  const t = useT();
  const { guardian } = props;
  const [open, setOpen] = useState(false);
  // After a choice focus belongs to the dialog, which gives it back to the button when it closes.
  const chosen = useRef(false);
  const show = (next: boolean) => {
    if (next) chosen.current = false;
    setOpen(next);
  };
  return (
    <Menu.Root open={open} onOpenChange={show}>
      <Tip text={t("actions.title")}>
        <Menu.Trigger
          ref={props.button}
          className="button"
          data-size="icon"
          aria-label={t("actions.for", { name: guardian.name })}
        >
          <EllipsisVertical aria-hidden className="size-5" />
        </Menu.Trigger>
      </Tip>
      <Menu.Portal container={mainLandmark()}>
        <Menu.Backdrop className="menu-scrim" />
        <Menu.Positioner className="menu-positioner" align="end" sideOffset={4}>
          <Menu.Popup
            className="menu"
            finalFocus={() => (chosen.current ? false : props.button.current)}
            aria-label={t("actions.for", { name: guardian.name })}
            onKeyDown={(event) => {
              // Tab leaves the menu as if it were not there: it closes, and focus moves on from the button.
              if (event.key !== "Tab") return;
              setOpen(false);
              props.button.current?.focus();
            }}
          >
            {open &&
              guardian.options.map((option) => (
                <Item
                  key={option.channel}
                  option={option}
                  guardian={guardian.name}
                  onChoose={() => {
                    chosen.current = true;
                    props.onChoose(option.channel);
                  }}
                  onStale={props.onStale}
                />
              ))}
            {open && guardian.invitations.length > 0 && (
              <Invite
                guardian={guardian}
                onChoose={() => {
                  chosen.current = true;
                  props.onInvite();
                }}
              />
            )}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function Item(props: { option: ResetOption; guardian: string; onChoose: () => void; onStale: () => void }) {
  const { option } = props;
  const t = useT();
  const { locale } = useLanguage();
  const timeZone = useTimeZone();
  const id = useId();
  const settled = useSettled();
  const cooling = option.unavailable === "COOLDOWN";
  const now = useNow(cooling ? 1000 : 30_000);
  const reason = reasonText(option, { t, guardian: props.guardian, now, timeZone, locale });
  const sms = option.channel === "SMS";
  const Icon = sms ? MessageSquareText : Mail;

  const over = cooling && option.retryAt !== null && Date.parse(option.retryAt) <= now.getTime();
  const { onStale } = props;
  useEffect(() => {
    if (over) onStale();
  }, [over, onStale]);

  const described = [sms && `${id}-cost`, reason && `${id}-reason`].filter(Boolean).join(" ");
  return (
    <>
      <Menu.Item
        className="menu-item"
        aria-labelledby={`${id}-label`}
        aria-describedby={described || undefined}
        aria-disabled={(settled && !option.available) || undefined}
        closeOnClick={option.available}
        label={t(`actions.${option.channel}`)}
        onClick={() => (option.available ? props.onChoose() : announce(reason))}
      >
        <Icon aria-hidden className="size-5" />
        <span className="menu-label" id={`${id}-label`}>
          {t(`actions.${option.channel}`)}
        </span>
        {sms && (
          <span className="menu-note" id={`${id}-cost`}>
            {t("actions.cost", { count: option.creditCost })}
          </span>
        )}
        {reason && (
          <span className="menu-reason" id={`${id}-reason`}>
            {reason}
          </span>
        )}
      </Menu.Item>
      <WayOut option={option} />
    </>
  );
}

/** Usable as soon as one of the two ways is; else it says why the first one is not. */
function Invite(props: { guardian: Resettable; onChoose: () => void }) {
  const { name, invitations } = props.guardian;
  const t = useT();
  const { locale } = useLanguage();
  const timeZone = useTimeZone();
  const id = useId();
  const settled = useSettled();
  const now = useNow(1000);
  const usable = invitations.some((option) => option.available);
  const first = invitations[0];
  const reason = usable || !first ? "" : reasonText(first, { t, guardian: name, now, timeZone, locale });
  return (
    <Menu.Item
      className="menu-item"
      aria-labelledby={`${id}-label`}
      aria-describedby={reason ? `${id}-reason` : undefined}
      aria-disabled={(settled && !usable) || undefined}
      closeOnClick={usable}
      label={t("actions.invite")}
      onClick={() => (usable ? props.onChoose() : announce(reason))}
    >
      <UserPlus aria-hidden className="size-5" />
      <span className="menu-label" id={`${id}-label`}>
        {t("actions.invite")}
      </span>
      {reason && (
        <span className="menu-reason" id={`${id}-reason`}>
          {reason}
        </span>
      )}
    </Menu.Item>
  );
}

/**
 * False for the first two frames. On opening, the menu passes over items that are marked as unusable already;
 * here the keyboard starts on the first item, usable or not, so that its reason is heard.
 */
function useSettled(): boolean {
  const [settled, setSettled] = useState(false);
  useEffect(() => {
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => setSettled(true));
    });
    return () => cancelAnimationFrame(frame);
  }, []);
  return settled;
}

/** For those who can do something about it: a link right below the reason. */
function WayOut(props: { option: ResetOption }) {
  const t = useT();
  const mayManage = usePermission("SETTINGS_MANAGE");
  const { unavailable } = props.option;
  const off = unavailable === "SMS_DISABLED" || unavailable === "SMS_PAUSED";
  if (!mayManage || (!off && unavailable !== "NO_CREDITS")) return null;
  return (
    <Menu.LinkItem className="menu-item" closeOnClick render={<Link href={off ? paths.settings : smsCreditsUrl()} />}>
      <span />
      <span className="link">
        {off ? t(unavailable === "SMS_PAUSED" ? "actions.resume" : "actions.turnOn") : t("actions.addCredits")}
      </span>
    </Menu.LinkItem>
  );
}
