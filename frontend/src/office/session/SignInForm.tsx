import { type FormEvent, lazy, useRef, useState } from "react";
import { Link } from "wouter";
import { Banner } from "../../shared/ui/Banner";
import { Button } from "../../shared/ui/Button";
import { ErrorSummary, type FieldProblem } from "../../shared/ui/ErrorSummary";
import { TextField } from "../../shared/ui/Field";
import { Lazy } from "../../shared/ui/Lazy";
import { PasswordField } from "../../shared/ui/PasswordField";
import { useErrorTitle } from "../../shared/ui/page";
import { problemOf } from "../api/problem";
import { useT } from "../i18n";
import { forgotPasswordUrl } from "../urls";
import { useSignIn } from "./use-sign-in";

const SecondStep = lazy(() => import("../identity/SecondStep"));

/** Email and password of a staff member; on the sign-in page and in the dialog after a session has ended. */
export function SignInForm(props: { email?: string; start?: string; onSignedIn: (staffId: string) => void }) {
  const t = useT();
  const [result, signIn] = useSignIn();
  const [email, setEmail] = useState(props.email ?? props.start ?? "");
  const [password, setPassword] = useState("");
  const [problems, setProblems] = useState<FieldProblem[]>([]);
  const [refusal, setRefusal] = useState("");
  const [step, setStep] = useState<"SECOND_FACTOR" | "SECOND_FACTOR_SETUP" | null>(null);
  const banner = useRef<HTMLDivElement>(null);
  useErrorTitle(Boolean(refusal));
  const error = (field: string) => problems.find((p) => p.field === field)?.message;

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (result.fetching) return;
    const missing: FieldProblem[] = [];
    if (!email.trim()) missing.push({ field: "sign-in-email", message: t("signIn.emailMissing") });
    if (!password) missing.push({ field: "sign-in-password", message: t("signIn.passwordMissing") });
    setProblems(missing);
    setRefusal("");
    if (missing.length > 0) return;
    const { data, error } = await signIn({ input: { email: email.trim(), password } });
    const actor = data?.signIn.viewer?.actor;
    if (actor?.__typename === "Staff") {
      props.onSignedIn(actor.id);
      return;
    }
    setPassword("");
    if (data?.signIn.viewer?.pending) {
      setStep(data.signIn.viewer.pending);
      return;
    }
    const kind = error && problemOf(error).kind;
    // What can't be an address or a password at all is as wrong as any other pair.
    setRefusal(kind && kind !== "input" ? t(`problem.${kind}`) : refusalText(data?.signIn.errors[0]));
    requestAnimationFrame(() => banner.current?.focus());
  }

  /** A wrong address and a wrong password sound the same. */
  function refusalText(first: { code: string; message: string } | undefined): string {
    if (!first || first.code === "BAD_CREDENTIALS") return t("signIn.incorrect");
    return first.code === "LIMIT_REACHED" ? t("signIn.limited") : first.message;
  }

  if (step) {
    return (
      <Lazy>
        <SecondStep
          setUp={step === "SECOND_FACTOR_SETUP"}
          onSignedIn={props.onSignedIn}
          onStartOver={() => setStep(null)}
        />
      </Lazy>
    );
  }
  return (
    <form className="grid gap-5" onSubmit={submit} noValidate>
      <ErrorSummary problems={problems} />
      {refusal && (
        <Banner tone="bad" role="alert" tabIndex={-1} ref={banner}>
          {refusal}
        </Banner>
      )}
      <TextField
        id="sign-in-email"
        label={t("signIn.email")}
        type="email"
        autoComplete="username"
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        error={error("sign-in-email")}
      />
      <PasswordField
        id="sign-in-password"
        label={t("signIn.password")}
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        error={error("sign-in-password")}
      />
      <Button type="submit" kind="primary" waiting={result.fetching}>
        {result.fetching ? t("signIn.pending") : t("signIn.submit")}
      </Button>
      {!props.email && (
        <Link href={forgotPasswordUrl(email.trim())} className="link justify-self-start">
          {t("signIn.forgot")}
        </Link>
      )}
    </form>
  );
}
