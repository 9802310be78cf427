import { CircleAlert, CircleCheck, FileCheck } from "lucide-react";
import { useLanguage } from "../../../../shared/i18n/i18n";
import { calendarDate, day, stamp } from "../../../../shared/time/format";
import { useTimeZone } from "../../../../shared/time/zone";
import type { Acceptance } from "./fields";
import { type PanelTranslate, usePanelWords } from "./words";

/** The state of a line or of one acceptance, as an icon and words: paper and electronic never look the same. */
export function AcceptanceState(props: { acceptance: Acceptance | null }) {
  const t = usePanelWords();
  const { locale } = useLanguage();
  const zone = useTimeZone();
  const { acceptance } = props;
  const Icon = acceptance ? (acceptance.method === "MANUAL" ? FileCheck : CircleCheck) : CircleAlert;
  return (
    <p className="flex gap-2 text-sm">
      <Icon aria-hidden className={`mt-0.5 size-4 flex-none ${acceptance ? "tone-good" : "tone-warn"}`} />
      <span className="min-w-0">{acceptance ? stateOf(acceptance, t, zone, locale) : t("notAccepted")}</span>
    </p>
  );
}

export function stateOf(acceptance: Acceptance, t: PanelTranslate, zone: string, locale: string): string {
  const at = new Date(acceptance.recordedAt);
  if (acceptance.method === "MANUAL") {
    return t("manual", {
      signed: calendarDate(acceptance.signedOn ?? "", locale),
      name: acceptance.recordedBy?.name ?? t("theOffice"),
      day: day(at, zone, locale),
    });
  }
  return t("accepted", { name: acceptance.acceptedBy?.name ?? t("aGuardian"), time: stamp(at, zone, locale) });
}
