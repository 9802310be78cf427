import { Link, useLocation } from "wouter";
import { useT } from "../../i18n";
import { paths } from "../../urls";

const tabs = [
  [paths.settings, "settings.texting"],
  [paths.business, "settings.businessLink"],
  [paths.staff, "settings.staff"],
] as const;

/** The pages of Settings; on each of them, below its heading. */
export function SettingsTabs() {
  const t = useT();
  const [here] = useLocation();
  return (
    <nav aria-label={t("settings.title")} className="tabs">
      {tabs.map(([path, label]) => (
        <Link key={path} href={path} aria-current={here === path ? "page" : undefined}>
          {t(label)}
        </Link>
      ))}
    </nav>
  );
}
