import { TriangleAlert } from "lucide-react";
import { useId, useRef, useState } from "react";
import { useLanguage } from "../../../../shared/i18n/i18n";
import { stamp } from "../../../../shared/time/format";
import { useTimeZone } from "../../../../shared/time/zone";
import { announce } from "../../../../shared/ui/announce";
import { Button } from "../../../../shared/ui/Button";
import { usePermission } from "../../../session/session";
import { AcceptanceState } from "./AcceptanceState";
import type { Acceptance, Line, Signer } from "./fields";
import { HistoryEntry } from "./HistoryEntry";
import { ManualDialog } from "./ManualDialog";
import { usePanelWords } from "./words";

/** How the family, or one student, stands with a policy: the state, what came before, and the way to record a form. */
export function PolicyLine(props: { line: Line; guardians: readonly Signer[] }) {
  const { line } = props;
  const t = usePanelWords();
  const mayRecord = usePermission("POLICIES_MANAGE");
  const id = useId();
  const [recording, setRecording] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const about = line.student
    ? t("historyOfFor", { title: line.title, name: line.student.name })
    : t("historyOf", { title: line.title });
  return (
    <div ref={box} tabIndex={-1} className="grid gap-1.5 outline-none">
      {line.student && (
        <p id={`${id}-student`} className="text-sm font-medium">
          {line.student.name}
        </p>
      )}
      <AcceptanceState acceptance={line.acceptance} />
      {line.acceptance && line.carriedOver && (
        <p className="pl-6 text-sm text-ink-soft">
          {t("carriedOver", { number: line.acceptance.policyVersion.number })}
        </p>
      )}
      {line.acceptance && <InsiderNotice acceptance={line.acceptance} />}
      {!line.acceptance && mayRecord && (
        <div className="pl-6">
          <Button
            ref={button}
            kind="quiet"
            size="small"
            className="-mx-3 -my-1"
            aria-describedby={line.student ? `${id}-student` : undefined}
            onClick={() => setRecording(true)}
          >
            {t("mark")}
          </Button>
        </div>
      )}
      {line.history.length > 0 && (
        <details className="pl-6">
          <summary className="w-fit min-h-6 text-sm text-accent">
            {t("history")} <span className="sr-only">{about}</span>
          </summary>
          <ol className="mt-2 grid gap-3 border-l-2 border-line pl-3">
            {line.history.map((acceptance) => (
              <li key={acceptance.id}>
                <HistoryEntry acceptance={acceptance} />
              </li>
            ))}
          </ol>
        </details>
      )}
      {recording && (
        <ManualDialog
          line={line}
          guardians={props.guardians}
          // The button goes when the form is recorded; then what it led to takes the focus.
          returnTo={() => button.current ?? box.current}
          onClose={() => setRecording(false)}
          onRecorded={() => {
            setRecording(false);
            announce(t("done", { title: line.title }));
          }}
        />
      )}
    </div>
  );
}

/** Said wherever the acceptance is: whoever signed in may have been somebody else. */
export function InsiderNotice(props: { acceptance: Acceptance }) {
  const t = usePanelWords();
  const { locale } = useLanguage();
  const zone = useTimeZone();
  const provenance = props.acceptance.credentialProvenance;
  if (!provenance?.contactChangedByStaff) return null;
  const change = provenance.contactChange;
  const known = change && (change.field === "email" || change.field === "phone") ? change.field : null;
  return (
    <p className="flex gap-2 rounded-box bg-warn-soft p-2 text-sm tone-warn">
      <TriangleAlert aria-hidden className="mt-0.5 size-4 flex-none" />
      <span className="min-w-0">
        {change && known
          ? t(`staffChanged${known}`, {
              name: change.changedBy.name,
              time: stamp(new Date(change.changedAt), zone, locale),
            })
          : t("staffChanged")}
      </span>
    </p>
  );
}
