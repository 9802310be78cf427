import { Link } from "wouter";
import { PageTitle } from "../../shared/ui/page";
import { useT } from "../i18n";
import { familiesUrl } from "../urls";

export function NotFound() {
  const t = useT();
  return (
    <div className="grid gap-4">
      <PageTitle failed>{t("notFound.title")}</PageTitle>
      <p>
        <Link href={familiesUrl()} className="link">
          {t("noAccess.back")}
        </Link>
      </p>
    </div>
  );
}
