import { CircleAlert, CircleCheck, FileCheck } from "lucide-react";
import { useLanguage } from "../../../shared/i18n/i18n";
import { calendarDate, stamp } from "../../../shared/time/format";
import { useTimeZone } from "../../../shared/time/zone";
import type { Acceptance, Line } from "./policies";
import { usePolicyWords } from "./words";

/** How one line stands: icon and words. `name` tells the student where there is one. */
export function AcceptanceLine(props: { line: Line; name?: string | undefined }) {
  const t = usePolicyWords();
  const { acceptance, carriedOver } = props.line;
  const Icon = acceptance ? (acceptance.method === "MANUAL" ? FileCheck : CircleCheck) : CircleAlert;
  return (
    <p className="flex gap-2 text-[0.9375rem]">
      <Icon aria-hidden className={`mt-0.5 size-5 flex-none ${acceptance ? "tone-good" : "tone-warn"}`} />
      <span className="min-w-0">
        {props.name && <span className="font-semibold">{props.name}: </span>}
        {acceptance ? <Words acceptance={acceptance} /> : <span>{t("notAccepted")}</span>}
        {acceptance && carriedOver && (
          <span className="block text-sm text-ink-soft">
            {t("carriedOver", { number: acceptance.policyVersion.number })}
          </span>
        )}
      </span>
    </p>
  );
}

function Words(props: { acceptance: Acceptance }) {
  const t = usePolicyWords();
  const { locale } = useLanguage();
  const zone = useTimeZone();
  const { acceptance } = props;
  if (acceptance.method === "MANUAL") {
    return <span>{t("paper", { date: calendarDate(acceptance.signedOn ?? "", locale) })}</span>;
  }
  const time = stamp(new Date(acceptance.recordedAt), zone, locale);
  const name = acceptance.acceptedBy?.name;
  return <span>{name ? t("accepted", { name, time }) : t("acceptedSomebody", { time })}</span>;
}
