import { ChevronDown, CircleAlert, CircleCheck, Clock, LoaderCircle } from "lucide-react";
import { lazy, useEffect, useId, useRef, useState } from "react";
import { useLanguage } from "../../shared/i18n/i18n";
import { useNow } from "../../shared/time/use-now";
import { useTimeZone } from "../../shared/time/zone";
import { announce } from "../../shared/ui/announce";
import { Lazy } from "../../shared/ui/Lazy";
import { useT } from "../i18n";
import type { FollowedReset } from "./model";
import { type StatusAction, type StatusTone, statusOf } from "./status";
import { timelineOf } from "./timeline";
import { useLiveReset } from "./use-live-reset";

const Steps = lazy(() => import("./Steps"));

const icons = { good: CircleCheck, warn: Clock, bad: CircleAlert, none: LoaderCircle };

/** What was sent stands out, how far it got has its colour; "Link expires 10:25 AM" is not torn apart. */
function looks(part: number, tone: StatusTone): string {
  if (part === 0) return "font-semibold";
  return part === 2 ? `tone-${tone}` : part === 3 ? "text-ink-soft whitespace-nowrap" : "text-ink-soft";
}

/**
 * The last reset of a guardian, live: one line, and on demand its steps. Each change is announced once; what was
 * there before is not, nor is the time that passes.
 */
export function StatusLine(props: {
  reset: FollowedReset;
  /** Which ways forward can be taken; others are left out. */
  can: (action: StatusAction) => boolean;
  onAction: (action: StatusAction) => void;
}) {
  const { reset } = props;
  const t = useT();
  const { locale } = useLanguage();
  const timeZone = useTimeZone();
  const now = useNow(10_000);
  const id = useId();
  const [open, setOpen] = useState(false);
  const steps = useId();
  useLiveReset(reset);

  const context = { t, now, timeZone, locale };
  const status = statusOf(reset, context);
  const said = `${status.parts[0]}: ${[status.delivery, status.link].filter(Boolean).join(" ")}`;
  const last = useRef(said);
  useEffect(() => {
    if (last.current === said) return;
    last.current = said;
    announce(said);
  }, [said]);

  const Icon = icons[status.tone];
  return (
    <div
      className="flex gap-2.5 border-t border-line bg-page/60 px-4 py-3 text-sm sm:px-5"
      role="group"
      aria-label={t("status.label")}
    >
      <Icon
        aria-hidden
        className={`tone-${status.tone} mt-0.5 size-4 flex-none ${status.tone === "none" ? "spin" : ""}`}
      />
      <div className="min-w-0 flex-1">
        <p aria-describedby={status.description ? id : undefined} title={status.description || undefined}>
          {status.parts.map((part, index) => (
            <span key={part}>
              {index > 0 && " · "}
              <span className={looks(index, status.tone)}>{part}</span>
            </span>
          ))}
        </p>
        {status.description && (
          <span id={id} className="sr-only">
            {status.description}
          </span>
        )}
        {open && (
          <Lazy>
            <Steps id={steps} label={t("status.label")} steps={timelineOf(reset, status, context)} />
          </Lazy>
        )}
        {status.action && props.can(status.action) && (
          <button
            type="button"
            className="link mt-1 min-h-6 font-semibold"
            onClick={() => status.action && props.onAction(status.action)}
          >
            {t(`status.${status.action}`)}
          </button>
        )}
      </div>
      <button
        type="button"
        className="-my-1.5 -mr-1.5 grid size-8 flex-none place-items-center rounded text-ink-soft hover:text-ink"
        aria-expanded={open}
        aria-controls={open ? steps : undefined}
        aria-label={t(open ? "steps.hide" : "steps.show")}
        title={t(open ? "steps.hide" : "steps.show")}
        onClick={() => setOpen(!open)}
      >
        <ChevronDown aria-hidden className={`size-4 transition-transform ${open ? "rotate-180" : ""}`} />
      </button>
    </div>
  );
}
