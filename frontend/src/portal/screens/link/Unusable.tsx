import { Link } from "wouter";
import { PageTitle } from "../../../shared/ui/page";
import { useT } from "../../i18n";
import { forgotPasswordUrl, signInUrl } from "../../urls";

/** A link that can't be used: what happened, and the way forward. */
export function Unusable(props: {
  title: string;
  text: string;
  business: { slug: string } | null;
  signIn?: boolean;
  staff: boolean;
}) {
  const t = useT();
  const { business } = props;
  return (
    <div className="grid gap-5">
      <PageTitle>{props.title}</PageTitle>
      <p>{props.text}</p>
      {props.staff ? (
        <div className="flex flex-wrap gap-3">
          <a className="button" data-kind="primary" href="/office/sign-in">
            {t("link.signIn")}
          </a>
          <a className="button" href="/office/forgot-password">
            {t("link.sendNew")}
          </a>
        </div>
      ) : business ? (
        <div className="flex flex-wrap gap-3">
          {props.signIn && (
            <Link className="button" data-kind="primary" href={signInUrl(business.slug)}>
              {t("link.signIn")}
            </Link>
          )}
          <Link
            className="button"
            data-kind={props.signIn ? "plain" : "primary"}
            href={forgotPasswordUrl(business.slug)}
          >
            {t("link.sendNew")}
          </Link>
        </div>
      ) : (
        <p className="text-ink-soft">{t("link.askOffice")}</p>
      )}
    </div>
  );
}
