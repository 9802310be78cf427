import { type FormEvent, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { Banner } from "../../../shared/ui/Banner";
import { Button } from "../../../shared/ui/Button";
import { ErrorSummary, type FieldProblem } from "../../../shared/ui/ErrorSummary";
import { PasswordField } from "../../../shared/ui/PasswordField";
import { PageTitle } from "../../../shared/ui/page";
import type { BusinessFacts } from "../../api/portal";
import { kindOfError } from "../../api/request";
import { useHandoff } from "../../handoff";
import { useT } from "../../i18n";
import { dropSecret } from "../../secret";
import { signInUrl } from "../../urls";
import { useResetPassword } from "./use-reset-password";

/**
 * One field. A second one to repeat it and rules about kinds of characters make people choose worse passwords
 * (NIST SP 800-63B-4 §3.1.1.2); showing what is typed finds typing errors.
 */
export function NewPassword(props: {
  secret: string;
  /** Whether it is an invitation: the first password, and no new one. */
  first: boolean;
  username: string;
  business: BusinessFacts | null;
  /** Fewest characters. */
  min: number;
  /** The password is for the Office Portal. */
  staff: boolean;
  /** Clock time at which the link ends, when that is soon. */
  until: string | null;
  onUnusable: () => void;
}) {
  const t = useT();
  const resetPassword = useResetPassword();
  const [, navigate] = useLocation();
  const { setEmail, setChanged } = useHandoff();
  const [password, setPassword] = useState("");
  const [pending, setPending] = useState(false);
  const [problems, setProblems] = useState<FieldProblem[]>([]);
  const [failure, setFailure] = useState("");
  const banner = useRef<HTMLDivElement>(null);
  const { min } = props;

  useEffect(() => {
    if (failure) banner.current?.focus();
  }, [failure]);

  const refuse = (message: string) => setProblems([{ field: "new-password", message }]);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (pending) return;
    setFailure("");
    // Characters, not code units: an emoji is one.
    const count = [...password].length;
    if (count === 0) return refuse(t("link.missing"));
    if (count < min) return refuse(t("link.tooShort", { min, count }));
    setProblems([]);
    setPending(true);
    try {
      const answer = await resetPassword(props.secret, password, props.first);
      const first = answer.errors[0];
      if (!first) {
        dropSecret();
        if (props.staff) {
          sessionStorage.setItem("officeportal.password-set", answer.signInHint ?? props.username);
          window.location.replace("/office/sign-in");
          return;
        }
        setEmail(answer.signInHint ?? props.username);
        setChanged(true);
        if (props.business) navigate(signInUrl(props.business.slug), { replace: true });
        return;
      }
      switch (first.code) {
        case "LINK_UNUSABLE":
          props.onUnusable();
          break;
        case "TOO_COMMON":
          refuse(t("link.tooCommon"));
          break;
        case "TOO_SHORT":
          refuse(t("link.tooShort", { min, count }));
          break;
        default:
          refuse(first.message);
      }
    } catch (error) {
      const kind = kindOfError(error);
      setFailure(kind === "unknown" ? t("link.doubt") : t(`problem.${kind}`));
    }
    setPending(false);
  }

  return (
    <form className="grid gap-5" noValidate onSubmit={submit}>
      <PageTitle title={t(props.first ? "link.first" : "link.title")} className="text-xl sm:text-2xl">
        {t(props.first ? "link.firstFor" : "link.for", { email: props.username })}
      </PageTitle>
      {props.staff && <p>{t("link.staff")}</p>}
      {props.until && (
        <Banner tone="warn" role="status">
          {t("link.until", { time: props.until })}
        </Banner>
      )}
      <ErrorSummary problems={problems} />
      {failure && (
        <Banner tone="bad" role="alert" tabIndex={-1} ref={banner}>
          {failure}
        </Banner>
      )}
      {/* Password managers file the new password under this address. */}
      <input type="email" name="username" autoComplete="username" value={props.username} readOnly hidden />
      <PasswordField
        id="new-password"
        label={t("link.new")}
        hint={t("link.hint", { min })}
        name="new-password"
        autoComplete="new-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        error={problems[0]?.message}
      />
      <div>
        <Button type="submit" kind="primary" waiting={pending} className="max-sm:w-full">
          {pending ? t("link.pending") : t("link.save")}
        </Button>
      </div>
    </form>
  );
}
