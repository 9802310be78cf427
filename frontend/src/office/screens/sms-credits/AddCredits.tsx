import { Plus } from "lucide-react";
import { useState } from "react";
import { announce } from "../../../shared/ui/announce";
import { ErrorSummary, type FieldProblem } from "../../../shared/ui/ErrorSummary";
import { TextField } from "../../../shared/ui/Field";
import { problemOf } from "../../api/problem";
import { useT } from "../../i18n";
import { FormDialog } from "../../parts/FormDialog";
import { PermittedButton } from "../../parts/PermittedButton";
import { useAddSmsCredits } from "./use-add-sms-credits";

/** Adds credits. As with everything that spends, one open dialog adds once however often its answer gets lost. */
export function AddCredits(props: { onAdded: () => void }) {
  const t = useT();
  const [key, setKey] = useState("");
  const [credits, setCredits] = useState("");
  const [note, setNote] = useState("");
  const [problems, setProblems] = useState<FieldProblem[]>([]);
  const [result, add] = useAddSmsCredits();
  const problem = (field: string) => problems.find((p) => p.field === field)?.message;

  async function submit() {
    const count = Number(credits);
    const found: FieldProblem[] = [];
    if (!Number.isInteger(count) || count < 1 || count > 100_000) {
      found.push({ field: "credits-count", message: t("credits.countWrong") });
    }
    if (!note.trim()) found.push({ field: "credits-note", message: t("credits.noteMissing") });
    setProblems(found);
    if (found.length > 0) return;
    const { data, error } = await add({ input: { credits: count, note: note.trim(), idempotencyKey: key } });
    if (data?.addSmsCredits.entry) {
      setKey("");
      announce(t("credits.added", { count }));
      props.onAdded();
      return;
    }
    if (error) {
      const { kind } = problemOf(error);
      const lost = kind === "offline" || kind === "unreachable" || kind === "unknown" || kind === "server";
      const message = kind === "offline" ? t("part.offline") : lost ? t("credits.unknown") : t(`problem.${kind}`);
      setProblems([{ field: "", message }]);
      return;
    }
    const ids: Record<string, string> = { credits: "credits-count", note: "credits-note" };
    setProblems(
      (data?.addSmsCredits.errors ?? []).map((e) => ({ field: ids[e.path?.at(-1) ?? ""] ?? "", message: e.message })),
    );
  }

  return (
    <>
      <PermittedButton
        kind="primary"
        needs="SETTINGS_MANAGE"
        onClick={() => {
          setCredits("");
          setNote("");
          setProblems([]);
          setKey(crypto.randomUUID());
        }}
      >
        <Plus aria-hidden className="size-4" />
        {t("credits.add")}
      </PermittedButton>
      <FormDialog
        open={key !== ""}
        title={t("credits.add")}
        submit={t("credits.add")}
        pending={result.fetching}
        onClose={() => setKey("")}
        onSubmit={() => void submit()}
      >
        <ErrorSummary problems={problems} />
        <TextField
          id="credits-count"
          label={t("credits.count")}
          inputMode="numeric"
          autoComplete="off"
          value={credits}
          onChange={(event) => setCredits(event.target.value)}
          error={problem("credits-count")}
        />
        <TextField
          id="credits-note"
          label={t("credits.note")}
          hint={t("credits.noteHint")}
          autoComplete="off"
          maxLength={200}
          value={note}
          onChange={(event) => setNote(event.target.value)}
          error={problem("credits-note")}
        />
      </FormDialog>
    </>
  );
}
