import { type FormEvent, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { useLanguage } from "../../../shared/i18n/i18n";
import { calendarDate, today } from "../../../shared/time/format";
import { useTimeZone } from "../../../shared/time/zone";
import { announce } from "../../../shared/ui/announce";
import { Banner } from "../../../shared/ui/Banner";
import { Button } from "../../../shared/ui/Button";
import { ConfirmDialog } from "../../../shared/ui/ConfirmDialog";
import { ErrorSummary, type FieldProblem } from "../../../shared/ui/ErrorSummary";
import { problemOf } from "../../api/problem";
import { useT } from "../../i18n";
import { useLeaveGuard } from "../../shell/leave-guard";
import { paths, policyUrl } from "../../urls";
import { EditorFields } from "./EditorFields";
import { type EditedPolicy, type EditorValues, ids, inputOf, problemsIn, startingValues } from "./editor-values";
import { PreviewPane } from "./PreviewPane";
import { usePreview } from "./use-preview";
import { usePublishPolicyVersion } from "./use-publish-policy-version";
import { usePoliciesWords } from "./words";

/**
 * Writes a policy or a new version of one, beside how families will read it, and asks once more before it is
 * published for ever. Nothing typed is lost: not by an error, not by somebody who was faster, not by leaving.
 */
export function Editor(props: { policy: EditedPolicy | null; onStale?: () => void }) {
  const words = usePoliciesWords();
  const t = useT();
  const { locale } = useLanguage();
  const earliest = today(new Date(), useTimeZone());
  const [, navigate] = useLocation();
  const guard = useLeaveGuard();
  // What the new version is made on top of; a newer policy takes its place only when somebody has seen it.
  const [base, setBase] = useState(props.policy);
  const [first] = useState(() => startingValues(props.policy, earliest));
  const [values, setValues] = useState(first);
  const [problems, setProblems] = useState<FieldProblem[]>([]);
  const [stale, setStale] = useState<{ by: string | null } | null>(null);
  const [asking, setAsking] = useState(false);
  // One editor publishes once, however often an answer gets lost. What is refused does not use the key up.
  const [key] = useState(() => crypto.randomUUID());
  const [result, publish] = usePublishPolicyVersion();
  const button = useRef<HTMLButtonElement>(null);
  const preview = usePreview(values.body, { body: first.body, html: props.policy?.bodyHtml ?? "" });

  const dirty = JSON.stringify(values) !== JSON.stringify(first);
  useEffect(() => guard.setDirty(dirty), [guard, dirty]);
  useEffect(() => () => guard.setDirty(false), [guard]);

  const set = <K extends keyof EditorValues>(key: K, value: EditorValues[K]) =>
    setValues((all) => ({ ...all, [key]: value }));

  function ask(event: FormEvent) {
    event.preventDefault();
    const found = problemsIn(values, earliest, words);
    setProblems(found);
    if (found.length === 0) setAsking(true);
  }

  async function confirm() {
    const { data, error } = await publish({ input: { ...inputOf(values, base), idempotencyKey: key } });
    const answer = data?.publishPolicyVersion;
    if (answer?.policy) {
      guard.setDirty(false);
      announce(words("done", { title: values.title.trim() }));
      navigate(policyUrl(answer.policy.id));
      return;
    }
    setAsking(false);
    if (error) {
      const { kind } = problemOf(error);
      const unknown = kind === "offline" || kind === "unreachable" || kind === "unknown" || kind === "server";
      const message = kind === "offline" ? t("part.offline") : unknown ? words("unknown") : t(`problem.${kind}`);
      setProblems([{ field: "", message }]);
      return;
    }
    const errors = answer?.errors ?? [];
    const overtaken = errors.find((one) => one.__typename === "StaleVersionError");
    if (overtaken?.__typename === "StaleVersionError") {
      setProblems([]);
      setStale({ by: overtaken.changedBy?.name ?? null });
      props.onStale?.();
      return;
    }
    setProblems(
      errors.map((one) => ({
        field: ids[one.path?.at(-1) ?? ""] ?? "",
        message: one.code === "IDEMPOTENCY_KEY_REUSED" ? words("before") : one.message,
      })),
    );
  }

  const newer = props.policy && base && props.policy.version > base.version ? props.policy : null;
  const date = values.from ? calendarDate(values.from, locale) : "";
  const meaning = !base ? "confirmNew" : values.material ? "confirmMaterial" : "confirmCosmetic";
  return (
    <div className="grid items-start gap-8 xl:grid-cols-2">
      <form className="grid gap-5" noValidate onSubmit={ask}>
        <ErrorSummary problems={problems} />
        {stale && <Stale by={stale.by} newer={newer} shown={base} onShow={() => newer && setBase(newer)} />}
        <EditorFields values={values} set={set} isNew={!base} earliest={earliest} problems={problems} />
        <div className="flex flex-wrap gap-3">
          <Button onClick={() => navigate(base ? policyUrl(base.id) : paths.policies)}>{t("action.cancel")}</Button>
          <Button ref={button} type="submit" kind="primary">
            {words("submit")}
          </Button>
        </div>
      </form>
      <PreviewPane preview={preview} title={values.title.trim()} />
      <ConfirmDialog
        open={asking}
        title={words("confirmTitle", { title: values.title.trim() })}
        description={words(meaning, { date })}
        cancel={t("action.cancel")}
        confirm={result.fetching ? words("submitting") : words("submit")}
        waiting={result.fetching}
        returnTo={button}
        onCancel={() => setAsking(false)}
        onConfirm={() => void confirm()}
      >
        <p className="mt-3 text-ink-soft">{words("confirmAsk")}</p>
      </ConfirmDialog>
    </div>
  );
}

/** Somebody was faster. Their version can be looked at; from then on this one goes on top of it. */
function Stale(props: {
  by: string | null;
  newer: EditedPolicy | null;
  shown: EditedPolicy | null;
  onShow: () => void;
}) {
  const words = usePoliciesWords();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.focus(), []);
  return (
    <div className="grid gap-3">
      <Banner tone="warn" role="group" tabIndex={-1} ref={box}>
        <p className="font-semibold">{props.by ? words("stale", { name: props.by }) : words("staleSomebody")}</p>
        <p>{props.newer ? words("staleText") : words("staleShown")}</p>
        {props.newer && (
          <Button size="small" className="mt-2" onClick={props.onShow}>
            {words("staleShow")}
          </Button>
        )}
      </Banner>
      {!props.newer && props.shown && (
        <section className="sheet grid gap-2 p-4" aria-label={words("version", { number: props.shown.number })}>
          <p className="font-semibold">
            {props.shown.title} · {words("version", { number: props.shown.number })}
          </p>
          <details>
            <summary className="w-fit min-h-6 text-sm text-accent">{words("showText")}</summary>
            <pre className="mt-2 text-sm whitespace-pre-wrap">{props.shown.bodyMarkdown}</pre>
          </details>
        </section>
      )}
    </div>
  );
}
