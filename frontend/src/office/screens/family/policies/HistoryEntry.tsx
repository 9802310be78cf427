import type { ReactNode } from "react";
import { useLanguage } from "../../../../shared/i18n/i18n";
import { formatPhone } from "../../../../shared/phone";
import { stamp } from "../../../../shared/time/format";
import { useTimeZone } from "../../../../shared/time/zone";
import { AcceptanceState } from "./AcceptanceState";
import type { Acceptance } from "./fields";
import { InsiderNotice } from "./PolicyLine";
import { ScanDownload } from "./ScanDownload";
import { usePanelWords } from "./words";

/** One acceptance with everything that is known about it, also when a later one took its place. */
export function HistoryEntry(props: { acceptance: Acceptance }) {
  const t = usePanelWords();
  const { locale } = useLanguage();
  const zone = useTimeZone();
  const { acceptance } = props;
  const provenance = acceptance.credentialProvenance;
  const reset = provenance?.reset;
  const at = (time: string) => stamp(new Date(time), zone, locale);
  return (
    <div className="grid gap-1 text-sm">
      <AcceptanceState acceptance={acceptance} />
      <InsiderNotice acceptance={acceptance} />
      <p className="text-ink-soft">
        {t("version", { number: acceptance.policyVersion.number })}
        {acceptance.supersededAt && <span> · {t("replaced", { time: at(acceptance.supersededAt) })}</span>}
      </p>
      <dl className="grid gap-1 text-ink-soft empty:hidden">
        {acceptance.method === "MANUAL" && acceptance.acceptedBy && (
          <Fact name={t("signedBy")}>{acceptance.acceptedBy.name}</Fact>
        )}
        {acceptance.note && <Fact name={t("note")}>{acceptance.note}</Fact>}
        {acceptance.scan && (
          <Fact name={t("scan")}>
            <ScanDownload scan={acceptance.scan} />
          </Fact>
        )}
        {provenance?.passwordSetAt && <Fact name={t("passwordSet")}>{at(provenance.passwordSetAt)}</Fact>}
        {provenance && (
          <Fact name={t("byLink")}>
            {reset
              ? t(`link${reset.channel}`, {
                  to: reset.channel === "SMS" ? formatPhone(reset.destination) : reset.destination,
                  time: at(reset.requestedAt),
                  name: reset.requestedBy.name,
                })
              : t("noLink")}
          </Fact>
        )}
        {acceptance.ipAddress && <Fact name={t("address")}>{acceptance.ipAddress}</Fact>}
        {acceptance.userAgent && <Fact name={t("device")}>{acceptance.userAgent}</Fact>}
      </dl>
    </div>
  );
}

function Fact(props: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="mt-0.5 text-xs font-semibold">{props.name}</dt>
      <dd className="text-ink">{props.children}</dd>
    </>
  );
}
