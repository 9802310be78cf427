import { type FormEvent, useState } from "react";
import { announce } from "../../../shared/ui/announce";
import { Button } from "../../../shared/ui/Button";
import { ErrorSummary, type FieldProblem } from "../../../shared/ui/ErrorSummary";
import { TextField } from "../../../shared/ui/Field";
import { problemOf } from "../../api/problem";
import { useT } from "../../i18n";
import { useSetSmsReserve } from "./use-set-sms-reserve";

const valid = (text: string) => /^\d{1,6}$/.test(text.trim()) && Number(text) <= 100_000;

/** How many credits are kept for password resets, and when owners are warned. */
export function SmsReserve(props: { reserve: number; lowAt: number }) {
  const t = useT();
  const [reserve, setReserve] = useState(String(props.reserve));
  const [lowAt, setLowAt] = useState(String(props.lowAt));
  const [problems, setProblems] = useState<FieldProblem[]>([]);
  const [saved, setSaved] = useState(false);
  const [result, save] = useSetSmsReserve();
  const problem = (field: string) => problems.find((p) => p.field === field)?.message;

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (result.fetching) return;
    setSaved(false);
    const found = [
      { field: "sms-reserve", value: reserve },
      { field: "sms-low-at", value: lowAt },
    ]
      .filter(({ value }) => !valid(value))
      .map(({ field }) => ({ field, message: t("settings.numberWrong") }));
    setProblems(found);
    if (found.length > 0) return;
    const { data, error } = await save({ input: { reserve: Number(reserve), lowAt: Number(lowAt) } });
    if (data?.setSmsReserve.smsAccount) {
      setSaved(true);
      announce(t("settings.saved"));
    } else if (error) setProblems([{ field: "", message: t(`problem.${problemOf(error).kind}`) }]);
    else setProblems((data?.setSmsReserve.errors ?? []).map(({ message }) => ({ field: "", message })));
  }

  return (
    <form className="sheet grid gap-4 p-4 sm:p-5" noValidate onSubmit={(event) => void submit(event)}>
      <ErrorSummary problems={problems} />
      <div className="field-row">
        <TextField
          id="sms-reserve"
          label={t("settings.reserve")}
          hint={t("settings.reserveHint")}
          inputMode="numeric"
          autoComplete="off"
          value={reserve}
          onChange={(event) => setReserve(event.target.value)}
          error={problem("sms-reserve")}
        />
        <TextField
          id="sms-low-at"
          label={t("settings.lowAt")}
          hint={t("settings.lowAtHint")}
          inputMode="numeric"
          autoComplete="off"
          value={lowAt}
          onChange={(event) => setLowAt(event.target.value)}
          error={problem("sms-low-at")}
        />
      </div>
      <div className="flex items-center gap-3">
        <Button type="submit" kind="primary" waiting={result.fetching}>
          {t("settings.save")}
        </Button>
        {saved && <span className="text-sm text-ink-soft">{t("settings.saved")}</span>}
      </div>
    </form>
  );
}
