import { useState } from "react";
import { today } from "../../../../shared/time/format";
import { useTimeZone } from "../../../../shared/time/zone";
import { ErrorSummary, type FieldProblem } from "../../../../shared/ui/ErrorSummary";
import { CheckField, SelectField, TextArea, TextField } from "../../../../shared/ui/Field";
import { problemOf } from "../../../api/problem";
import { useT } from "../../../i18n";
import { FormDialog } from "../../../parts/FormDialog";
import type { Line, Signer } from "./fields";
import { ScanField } from "./ScanField";
import { useRecordManualAcceptance } from "./use-record-manual-acceptance";
import { useScan } from "./use-scan";
import { usePanelWords } from "./words";

/** Ids of the controls by the name of what they are in the API's input. */
const ids: Record<string, string> = {
  guardianId: "manual-guardian",
  signedOn: "manual-date",
  note: "manual-note",
  scanId: "manual-scan",
  formOnFile: "manual-on-file",
};

/** Records that a signed, printed form is on file: of one policy, for one line. What was typed outlives every error. */
export function ManualDialog(props: {
  line: Line;
  guardians: readonly Signer[];
  returnTo: () => HTMLElement | null;
  onClose: () => void;
  onRecorded: () => void;
}) {
  const { line, guardians } = props;
  const words = usePanelWords();
  const t = useT();
  const latest = today(new Date(), useTimeZone());
  const [guardianId, setGuardianId] = useState(guardians.length === 1 ? (guardians[0]?.id ?? "") : "");
  const [signedOn, setSignedOn] = useState("");
  const [note, setNote] = useState("");
  const [onFile, setOnFile] = useState(false);
  const [problems, setProblems] = useState<FieldProblem[]>([]);
  const [lost, setLost] = useState(false);
  const scan = useScan(words);
  const [result, record] = useRecordManualAcceptance();
  const problem = (field: string) => problems.find((one) => one.field === ids[field])?.message;

  function wrong(): FieldProblem[] {
    const found: [string, string][] = [];
    if (!guardianId) found.push(["guardianId", words(guardians.length === 0 ? "whoNone" : "whoMissing")]);
    if (!signedOn) found.push(["signedOn", words("dateMissing")]);
    else if (signedOn > latest) found.push(["signedOn", words("dateFuture")]);
    if (scan.state.kind === "sending") found.push(["scanId", words("scanWaiting")]);
    if (scan.state.kind === "failed") found.push(["scanId", words("scanFailed")]);
    if (!onFile) found.push(["formOnFile", words("onFileMissing")]);
    return found.map(([field, message]) => ({ field: ids[field] ?? "", message }));
  }

  async function submit() {
    const found = wrong();
    setProblems(found);
    if (found.length > 0) return;
    const { data, error } = await record({
      input: {
        guardianId,
        policyVersionId: line.versionId,
        studentId: line.student?.id ?? null,
        formOnFile: onFile,
        signedOn,
        note: note.trim() || null,
        scanId: scan.state.kind === "ready" ? scan.state.scan.id : null,
      },
    });
    const answer = data?.recordManualAcceptance;
    // After an answer that got lost, "accepted before" says that the first try was recorded.
    const repeated = lost && answer?.errors[0]?.code === "ALREADY_ACCEPTED";
    if (answer?.acceptance || repeated) return props.onRecorded();
    if (error) {
      const { kind } = problemOf(error);
      const unknown = kind === "offline" || kind === "unreachable" || kind === "unknown";
      if (unknown) setLost(true);
      const message = kind === "offline" ? t("part.offline") : unknown ? words("unknown") : t(`problem.${kind}`);
      setProblems([{ field: "", message }]);
      return;
    }
    setProblems(
      (answer?.errors ?? []).map((one) => ({ field: ids[one.path?.at(-1) ?? ""] ?? "", message: one.message })),
    );
  }

  const about = { title: line.title, number: line.number };
  return (
    <FormDialog
      open
      title={words("mark")}
      text={line.student ? words("aboutFor", { ...about, name: line.student.name }) : words("about", about)}
      submit={words("mark")}
      pending={result.fetching}
      returnTo={props.returnTo}
      onClose={props.onClose}
      onSubmit={() => void submit()}
    >
      <ErrorSummary problems={problems} />
      <SelectField
        id={ids.guardianId}
        label={words("who")}
        value={guardianId}
        error={problem("guardianId")}
        onChange={(event) => setGuardianId(event.target.value)}
      >
        {guardians.length !== 1 && <option value="">{words("whoChoose")}</option>}
        {guardians.map((guardian) => (
          <option key={guardian.id} value={guardian.id}>
            {guardian.name}
          </option>
        ))}
      </SelectField>
      <TextField
        id={ids.signedOn}
        label={words("date")}
        type="date"
        max={latest}
        value={signedOn}
        error={problem("signedOn")}
        onChange={(event) => setSignedOn(event.target.value)}
      />
      <TextArea
        id={ids.note}
        label={words("note")}
        optional={t("form.optional")}
        hint={words("noteHint")}
        rows={2}
        maxLength={500}
        value={note}
        error={problem("note")}
        onChange={(event) => setNote(event.target.value)}
      />
      <ScanField
        id={ids.scanId ?? ""}
        state={scan.state}
        error={problem("scanId")}
        onChoose={(file) => {
          setProblems((all) => all.filter((one) => one.field !== ids.scanId));
          scan.choose(file);
        }}
        onRemove={scan.remove}
      />
      <CheckField
        id={ids.formOnFile}
        label={words("onFile")}
        checked={onFile}
        error={problem("formOnFile")}
        onChange={(event) => setOnFile(event.target.checked)}
      />
      <p className="text-sm text-ink-soft">{words("audited")}</p>
    </FormDialog>
  );
}
