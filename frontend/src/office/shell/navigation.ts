import { CodeXml, CreditCard, FileCheck, type LucideIcon, ScrollText, Settings, UsersRound } from "lucide-react";
import type { OfficeCatalog } from "../i18n";
import type { Permission } from "../session/session";
import { auditUrl, familiesUrl, paths, policiesUrl, smsCreditsUrl } from "../urls";

export interface Destination {
  label: keyof OfficeCatalog & `nav.${string}`;
  href: string;
  path: string;
  icon: LucideIcon;
  /** With none of these permissions the entry is not shown. */
  needs: readonly Permission[];
}

export const destinations: readonly Destination[] = [
  { label: "nav.families", href: familiesUrl(), path: paths.families, icon: UsersRound, needs: ["FAMILIES_READ"] },
  {
    label: "nav.policies",
    href: policiesUrl(),
    path: paths.policies,
    icon: FileCheck,
    needs: ["POLICIES_MANAGE", "FAMILIES_READ"],
  },
  {
    label: "nav.smsCredits",
    href: smsCreditsUrl(),
    path: paths.smsCredits,
    icon: CreditCard,
    needs: ["SETTINGS_MANAGE", "SMS_SPEND"],
  },
  { label: "nav.audit", href: auditUrl(), path: paths.audit, icon: ScrollText, needs: ["AUDIT_READ"] },
  { label: "nav.settings", href: paths.settings, path: paths.settings, icon: Settings, needs: ["SETTINGS_MANAGE"] },
  { label: "nav.api", href: paths.api, path: paths.api, icon: CodeXml, needs: ["API_EXPLORE"] },
];
