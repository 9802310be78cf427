import { type FormEvent, useState } from "react";
import { useMutation } from "urql";
import { Link, useSearch } from "wouter";
import { graphql } from "../../../shared/graphql/graphql";
import { useLanguage } from "../../../shared/i18n/i18n";
import { useWords } from "../../../shared/i18n/words";
import { Button } from "../../../shared/ui/Button";
import { ErrorSummary, type FieldProblem } from "../../../shared/ui/ErrorSummary";
import { TextField } from "../../../shared/ui/Field";
import { PageTitle } from "../../../shared/ui/page";
import { problemOf } from "../../api/problem";
import { useT } from "../../i18n";
import { signInUrl } from "../../urls";
import { words } from "./words";

const Forgot = graphql(`
  mutation StaffForgotPassword($input: ForgotPasswordInput!) {
    forgotPassword(input: $input) {
      accepted
      errors {
        code
        message
        path
      }
    }
  }
`);

/** Staff who forgot the password ask for a link. The page never says whether somebody has the address. */
export default function ForgotPasswordScreen() {
  const w = useWords(words);
  const t = useT();
  const { locale } = useLanguage();
  const [result, forgot] = useMutation(Forgot);
  const [email, setEmail] = useState(new URLSearchParams(useSearch()).get("email") ?? "");
  const [sent, setSent] = useState(false);
  const [problems, setProblems] = useState<FieldProblem[]>([]);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (result.fetching) return;
    const { data, error } = await forgot({ input: { email: email.trim(), locale } });
    if (data?.forgotPassword.accepted) {
      setProblems([]);
      setSent(true);
      return;
    }
    const message = error
      ? t(`problem.${problemOf(error).kind}`)
      : (data?.forgotPassword.errors[0]?.message ?? t("problem.server"));
    setProblems([{ field: error ? "" : "forgot-email", message }]);
  }

  return (
    <main className="mx-auto grid min-h-dvh w-full max-w-md content-start px-4 pt-[12vh] pb-10">
      <p className="caption mb-3">{t("signIn.product")}</p>
      <div className="sheet grid gap-5 border-t-4 border-t-accent p-6 sm:p-8">
        <PageTitle key={sent ? "sent" : "ask"}>{sent ? w("check") : w("title")}</PageTitle>
        {sent ? (
          <>
            <p className="break-words">{w("checkText", { email: email.trim() })}</p>
            <Button onClick={() => setSent(false)}>{w("other")}</Button>
          </>
        ) : (
          <form className="grid gap-5" noValidate onSubmit={submit}>
            <ErrorSummary problems={problems} />
            <p>{w("text")}</p>
            <TextField
              id="forgot-email"
              label={t("signIn.email")}
              type="email"
              autoComplete="username"
              value={email}
              onChange={(event) => setEmail(event.target.value)}
              error={problems.find((p) => p.field === "forgot-email")?.message}
            />
            <Button type="submit" kind="primary" waiting={result.fetching}>
              {result.fetching ? w("pending") : w("submit")}
            </Button>
          </form>
        )}
        <Link href={signInUrl()} className="link">
          {w("back")}
        </Link>
      </div>
    </main>
  );
}
