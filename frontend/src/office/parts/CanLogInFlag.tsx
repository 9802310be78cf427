import { KeyRound, LockKeyhole } from "lucide-react";
import { useT } from "../i18n";

/** The "Can Log In" flag: icon and words, never colour alone. In lists only the true one is shown. */
export function CanLogInFlag(props: { on: boolean }) {
  const t = useT();
  const Icon = props.on ? KeyRound : LockKeyhole;
  return (
    <span className="flag" data-on={props.on}>
      <Icon aria-hidden className="size-3.5" />
      {props.on ? t("guardian.canLogIn") : t("guardian.cantLogIn")}
    </span>
  );
}
