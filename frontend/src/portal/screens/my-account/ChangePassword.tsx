import { type FormEvent, useEffect, useRef, useState } from "react";
import { useWords } from "../../../shared/i18n/words";
import { Banner } from "../../../shared/ui/Banner";
import { Button } from "../../../shared/ui/Button";
import { ErrorSummary, type FieldProblem } from "../../../shared/ui/ErrorSummary";
import { PasswordField } from "../../../shared/ui/PasswordField";
import type { BusinessFacts } from "../../api/portal";
import { kindOfError } from "../../api/request";
import { useT } from "../../i18n";
import { useChanges } from "./use-my-account";
import { words as myWords } from "./words";

/** The current password and a new one; the rules are those of a link. */
export function ChangePassword(props: { business: BusinessFacts; email: string; onChanged: () => void }) {
  const t = useT();
  const own = useWords(myWords);
  const { changePassword } = useChanges();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [pending, setPending] = useState(false);
  const [problems, setProblems] = useState<FieldProblem[]>([]);
  const [outcome, setOutcome] = useState<{ good: boolean; text: string } | null>(null);
  const banner = useRef<HTMLDivElement>(null);
  const min = props.business.passwordMinLength;

  useEffect(() => {
    if (outcome) banner.current?.focus();
  }, [outcome]);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (pending) return;
    setOutcome(null);
    const missing: FieldProblem[] = [];
    // Characters, not code units: an emoji is one.
    const count = [...next].length;
    if (!current) missing.push({ field: "current-password", message: own("my.currentMissing") });
    if (count === 0) missing.push({ field: "new-password", message: t("link.missing") });
    else if (count < min) missing.push({ field: "new-password", message: t("link.tooShort", { min, count }) });
    setProblems(missing);
    if (missing.length > 0) return;
    setPending(true);
    try {
      const errors = await changePassword(current, next);
      const about = (field: string | undefined) =>
        field === "currentPassword" ? "current-password" : field === "newPassword" ? "new-password" : "";
      setProblems(errors.map(({ path, message }) => ({ field: about(path?.at(-1)), message })));
      setCurrent("");
      if (errors.length === 0) {
        setNext("");
        setOutcome({ good: true, text: own("my.changed") });
        props.onChanged();
      }
    } catch (error) {
      setOutcome({ good: false, text: t(`problem.${kindOfError(error)}`) });
    }
    setPending(false);
  }

  const error = (field: string) => problems.find((p) => p.field === field)?.message;
  return (
    <section aria-labelledby="change-password" className="grid gap-4">
      <h2 id="change-password" className="caption border-b border-line-strong pb-2">
        {own("my.change")}
      </h2>
      <form className="grid gap-5" noValidate onSubmit={(event) => void submit(event)}>
        <ErrorSummary problems={problems} />
        {outcome && (
          <Banner
            tone={outcome.good ? "good" : "bad"}
            role={outcome.good ? "status" : "alert"}
            tabIndex={-1}
            ref={banner}
          >
            {outcome.text}
          </Banner>
        )}
        {/* Password managers file the new password under this address. */}
        <input type="email" name="username" autoComplete="username" value={props.email} readOnly hidden />
        <PasswordField
          id="current-password"
          label={own("my.current")}
          name="current-password"
          autoComplete="current-password"
          value={current}
          onChange={(event) => setCurrent(event.target.value)}
          error={error("current-password")}
        />
        <PasswordField
          id="new-password"
          label={t("link.new")}
          hint={t("link.hint", { min })}
          name="new-password"
          autoComplete="new-password"
          value={next}
          onChange={(event) => setNext(event.target.value)}
          error={error("new-password")}
        />
        <div>
          <Button type="submit" kind="primary" waiting={pending} className="max-sm:w-full">
            {pending ? t("link.pending") : t("link.save")}
          </Button>
        </div>
      </form>
    </section>
  );
}
