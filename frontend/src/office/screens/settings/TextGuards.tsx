import { type FormEvent, useState } from "react";
import { useQuery } from "urql";
import { useLanguage } from "../../../shared/i18n/i18n";
import { languageName } from "../../../shared/i18n/locale";
import { useWords } from "../../../shared/i18n/words";
import { TimeText } from "../../../shared/time/TimeText";
import { announce } from "../../../shared/ui/announce";
import { Banner } from "../../../shared/ui/Banner";
import { Button } from "../../../shared/ui/Button";
import { ErrorSummary, type FieldProblem } from "../../../shared/ui/ErrorSummary";
import { TextField } from "../../../shared/ui/Field";
import { Bone } from "../../../shared/ui/wait";
import { problemOf } from "../../api/problem";
import { QueryView } from "../../api/QueryView";
import { useT } from "../../i18n";
import { guardsWords } from "./guards-words";
import { GuardsQuery, useResumeSms, useSetSmsGuards } from "./use-sms-guards";

/** Where texts may go and how many, whether the breaker stopped them, and how one looks. */
export function TextGuards() {
  const own = useWords(guardsWords);
  const query = useQuery({ query: GuardsQuery });
  return (
    <section aria-labelledby="guards" className="grid gap-3">
      <h2 id="guards" className="caption">
        {own("guards.title")}
      </h2>
      <QueryView query={query} what={own("guards.title")} skeleton={<Bone className="h-48" />}>
        {({ smsAccount: { guards, texts } }) => (
          <div className="sheet grid gap-5 p-4 sm:p-5">
            {guards.pausedAt && <Paused at={guards.pausedAt} />}
            <Limits key={`${guards.dialCodes} ${guards.dayCap}`} codes={guards.dialCodes} cap={guards.dayCap} />
            <Texts problem={texts.problem} previews={texts.previews} />
          </div>
        )}
      </QueryView>
    </section>
  );
}

function Paused(props: { at: string }) {
  const t = useT();
  const own = useWords(guardsWords);
  const [result, resume] = useResumeSms();
  const [failure, setFailure] = useState("");

  async function run() {
    setFailure("");
    const { data, error } = await resume({});
    if (data?.resumeSms.smsAccount) announce(own("guards.resumed"));
    else if (error) setFailure(t(`problem.${problemOf(error).kind}`));
    else setFailure(data?.resumeSms.errors[0]?.message ?? t("problem.server"));
  }

  const [before, after] = own("guards.paused", { time: "|" }).split("|");
  return (
    <Banner tone="warn" role="group">
      <p>
        {before}
        <TimeText at={props.at} />
        {after}
      </p>
      <p className="text-ink-soft">{own("guards.pausedHint")}</p>
      <Button size="small" className="mt-3" waiting={result.fetching} onClick={() => void run()}>
        {own("guards.resume")}
      </Button>
      {failure && (
        <p role="alert" className="mt-2 font-medium text-bad">
          {failure}
        </p>
      )}
    </Banner>
  );
}

function Limits(props: { codes: readonly string[]; cap: number }) {
  const t = useT();
  const own = useWords(guardsWords);
  const [result, save] = useSetSmsGuards();
  const [codes, setCodes] = useState(props.codes.map((code) => `+${code}`).join(", "));
  const [cap, setCap] = useState(String(props.cap));
  const [problems, setProblems] = useState<FieldProblem[]>([]);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (result.fetching) return;
    if (!/^\d{1,6}$/.test(cap.trim())) return setProblems([{ field: "day-cap", message: own("guards.capInvalid") }]);
    const dialCodes = codes.split(/[,;\s]+/).filter(Boolean);
    const { data, error } = await save({ input: { dialCodes, dayCap: Number(cap) } });
    if (error) return setProblems([{ field: "", message: t(`problem.${problemOf(error).kind}`) }]);
    const refused = data?.setSmsGuards.errors ?? [];
    setProblems(
      refused.map(({ path, message }) => ({ field: path?.at(-1) === "dayCap" ? "day-cap" : "dial-codes", message })),
    );
    if (refused.length === 0) announce(own("guards.saved"));
  }

  const error = (field: string) => problems.find((p) => p.field === field)?.message;
  return (
    <form noValidate className="grid gap-4" onSubmit={(event) => void submit(event)}>
      <p className="text-[0.9375rem] text-ink-soft">{own("guards.text")}</p>
      <ErrorSummary problems={problems} />
      <div className="field-row">
        <TextField
          id="dial-codes"
          label={own("guards.codes")}
          hint={own("guards.codesHint")}
          value={codes}
          maxLength={200}
          onChange={(event) => setCodes(event.target.value)}
          error={error("dial-codes")}
        />
        <TextField
          id="day-cap"
          label={own("guards.cap")}
          hint={own("guards.capHint")}
          inputMode="numeric"
          value={cap}
          maxLength={6}
          onChange={(event) => setCap(event.target.value)}
          error={error("day-cap")}
        />
      </div>
      <div>
        <Button type="submit" kind="primary" waiting={result.fetching} className="max-sm:w-full">
          {result.fetching ? t("action.saving") : t("action.save")}
        </Button>
      </div>
    </form>
  );
}

function Texts(props: {
  problem: string | null;
  previews: readonly { locale: string; text: string; length: number; limit: number }[];
}) {
  const own = useWords(guardsWords);
  const { locale } = useLanguage();
  return (
    <div className="grid gap-3 border-t border-line pt-4">
      <h3 className="font-semibold">{own("texts.title")}</h3>
      {props.problem && (
        <Banner tone="bad" role="group">
          {props.problem}
        </Banner>
      )}
      <dl className="grid gap-4">
        {props.previews.map((preview) => (
          <div key={preview.locale} className="grid gap-1">
            <dt className="text-sm text-ink-soft">{languageName(preview.locale, locale)}</dt>
            <dd lang={preview.locale} className="rounded-box border border-line bg-page px-3 py-2 wrap-anywhere">
              {preview.text}
            </dd>
            <dd className="text-sm text-ink-soft">
              {own("texts.length", { length: preview.length, limit: preview.limit })}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
