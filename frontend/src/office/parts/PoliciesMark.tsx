import { CircleAlert, CircleCheck } from "lucide-react";
import { useT } from "../i18n";

/** How a family stands with the policies: icon and words. */
export function PoliciesMark(props: { missing: number }) {
  const t = useT();
  const Icon = props.missing > 0 ? CircleAlert : CircleCheck;
  return (
    <span className={`inline-flex items-center gap-1.5 ${props.missing > 0 ? "tone-warn" : "tone-good"}`}>
      <Icon aria-hidden className="size-4 flex-none" />
      {props.missing > 0 ? t("families.missing", { count: props.missing }) : t("families.allAccepted")}
    </span>
  );
}
