import { type FormEvent, useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import { Banner } from "../../../shared/ui/Banner";
import { Button } from "../../../shared/ui/Button";
import { ErrorSummary, type FieldProblem } from "../../../shared/ui/ErrorSummary";
import { TextField } from "../../../shared/ui/Field";
import { PageTitle } from "../../../shared/ui/page";
import type { BusinessFacts } from "../../api/portal";
import { kindOfError } from "../../api/request";
import { useHandoff } from "../../handoff";
import { useT } from "../../i18n";
import { signInUrl } from "../../urls";
import { CheckYourEmail } from "./CheckYourEmail";
import { useForgotPassword } from "./use-forgot-password";

export function ForgotPasswordScreen(props: { business: BusinessFacts }) {
  const { business } = props;
  const t = useT();
  const forgot = useForgotPassword();
  const { email, setEmail } = useHandoff();
  const [pending, setPending] = useState(false);
  const [sent, setSent] = useState(false);
  const [problems, setProblems] = useState<FieldProblem[]>([]);
  const [failure, setFailure] = useState("");
  const banner = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (failure) banner.current?.focus();
  }, [failure]);

  /** True when it was taken; only a malformed address is not. */
  async function send(): Promise<boolean> {
    setFailure("");
    try {
      const answer = await forgot(business.slug, email.trim());
      if (answer.accepted) return true;
      setProblems([{ field: "email", message: t("forgot.invalid") }]);
    } catch (error) {
      setFailure(t(`problem.${kindOfError(error)}`));
    }
    return false;
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (pending) return;
    // The server knows what an address is; here only what can't be one is told at once.
    if (!/^[^@\s]+@[^@\s]+$/.test(email.trim())) {
      setProblems([{ field: "email", message: t("forgot.invalid") }]);
      return;
    }
    setProblems([]);
    setPending(true);
    if (await send()) setSent(true);
    setPending(false);
  }

  if (sent) return <CheckYourEmail email={email.trim()} onAgain={send} onOther={() => setSent(false)} />;
  return (
    <form className="grid gap-5" noValidate onSubmit={submit}>
      <PageTitle>{t("forgot.title")}</PageTitle>
      <p>{t("forgot.text")}</p>
      <ErrorSummary problems={problems} />
      {failure && (
        <Banner tone="bad" role="alert" tabIndex={-1} ref={banner}>
          {failure}
        </Banner>
      )}
      <TextField
        id="email"
        label={t("signIn.email")}
        type="email"
        name="email"
        autoComplete="username"
        spellCheck={false}
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        error={problems[0]?.message}
      />
      <div className="mt-1 flex flex-wrap items-center justify-between gap-4">
        <Button type="submit" kind="primary" waiting={pending} className="max-sm:w-full sm:min-w-36">
          {pending ? t("forgot.pending") : t("forgot.submit")}
        </Button>
        <Link className="link inline-flex min-h-11 items-center" href={signInUrl(business.slug)}>
          {t("forgot.back")}
        </Link>
      </div>
    </form>
  );
}
