import { type FormEvent, useEffect, useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import { Banner } from "../../../shared/ui/Banner";
import { Button } from "../../../shared/ui/Button";
import { ErrorSummary, type FieldProblem } from "../../../shared/ui/ErrorSummary";
import { TextField } from "../../../shared/ui/Field";
import { PasswordField } from "../../../shared/ui/PasswordField";
import { PageTitle, useErrorTitle } from "../../../shared/ui/page";
import type { BusinessFacts } from "../../api/portal";
import { kindOfError } from "../../api/request";
import { useHandoff } from "../../handoff";
import { useT } from "../../i18n";
import { forgotPasswordUrl, homeUrl } from "../../urls";
import { useSignIn } from "./use-sign-in";

/** Email and password. Whatever is wrong with the pair, the answer is the same. */
export function SignInScreen(props: {
  business: BusinessFacts;
  /** The session ended while a page was open: it shows again where it was. */
  ended?: boolean;
  onSignedIn: () => void;
}) {
  const { business } = props;
  const t = useT();
  const signIn = useSignIn();
  const [, navigate] = useLocation();
  const { email, setEmail, changed, setChanged } = useHandoff();
  const [notice] = useState(changed);
  const [password, setPassword] = useState("");
  const [pending, setPending] = useState(false);
  const [problems, setProblems] = useState<FieldProblem[]>([]);
  const [refusal, setRefusal] = useState("");
  const banner = useRef<HTMLDivElement>(null);

  useErrorTitle(Boolean(refusal));
  useEffect(() => setChanged(false), [setChanged]);
  useEffect(() => {
    if (refusal) banner.current?.focus();
  }, [refusal]);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (pending) return;
    const missing: FieldProblem[] = [];
    if (!email.trim()) missing.push({ field: "email", message: t("signIn.emailMissing") });
    if (!password) missing.push({ field: "password", message: t("signIn.passwordMissing") });
    setProblems(missing);
    setRefusal("");
    if (missing.length > 0) return;
    setPending(true);
    try {
      const answer = await signIn({ business: business.slug, email: email.trim(), password });
      if (answer.viewer?.actor) {
        props.onSignedIn();
        if (!props.ended) navigate(homeUrl(business.slug), { replace: true });
        return;
      }
      const limited = answer.errors[0]?.code === "LIMIT_REACHED";
      setRefusal(limited ? t("signIn.limited") : t("signIn.incorrect"));
    } catch (error) {
      const kind = kindOfError(error);
      // What can't be an address or a password at all is as wrong as any other pair.
      setRefusal(kind === "input" ? t("signIn.incorrect") : t(`problem.${kind}`));
    }
    setPassword("");
    setPending(false);
  }

  const error = (field: string) => problems.find((p) => p.field === field)?.message;
  return (
    <form className="grid gap-5" noValidate onSubmit={submit}>
      <PageTitle>{t("signIn.title")}</PageTitle>
      {notice && (
        <Banner tone="good" role="status">
          {t("signIn.changed")}
        </Banner>
      )}
      {props.ended && !refusal && (
        <Banner tone="info" role="status">
          {t("signIn.ended")}
        </Banner>
      )}
      <ErrorSummary problems={problems} />
      {refusal && (
        <Banner tone="bad" role="alert" tabIndex={-1} ref={banner}>
          {refusal}
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
        error={error("email")}
      />
      <PasswordField
        id="password"
        label={t("signIn.password")}
        name="password"
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        error={error("password")}
      />
      <div className="mt-1 flex flex-wrap items-center justify-between gap-4">
        <Button type="submit" kind="primary" waiting={pending} className="max-sm:w-full sm:min-w-36">
          {pending ? t("signIn.pending") : t("signIn.submit")}
        </Button>
        <Link className="link inline-flex min-h-11 items-center" href={forgotPasswordUrl(business.slug)}>
          {t("signIn.forgot")}
        </Link>
      </div>
    </form>
  );
}
