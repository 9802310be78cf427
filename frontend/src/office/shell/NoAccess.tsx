import { Link } from "wouter";
import { PageTitle } from "../../shared/ui/page";
import { useT } from "../i18n";
import type { Permission } from "../session/session";
import { familiesUrl } from "../urls";

export function NoAccess(props: { needs: Permission }) {
  const t = useT();
  return (
    <div className="grid gap-4">
      <PageTitle failed>{t("noAccess.title")}</PageTitle>
      <p className="max-w-[60ch]">{t("noAccess.text", { permission: t(`permission.${props.needs}`) })}</p>
      <p>
        <Link href={familiesUrl()} className="link">
          {t("noAccess.back")}
        </Link>
      </p>
    </div>
  );
}
