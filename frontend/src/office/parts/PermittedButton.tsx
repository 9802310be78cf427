import { type ReactNode, useId } from "react";
import { announce } from "../../shared/ui/announce";
import { Button, type ButtonProps } from "../../shared/ui/Button";
import { Tip } from "../../shared/ui/Tip";
import { useT } from "../i18n";
import { type Permission, usePermission } from "../session/session";

/** A button that stays visible without the permission it needs, and says why it does nothing. */
export function PermittedButton(props: ButtonProps & { needs: Permission; children: ReactNode }) {
  const { needs, ...button } = props;
  const t = useT();
  const id = useId();
  const allowed = usePermission(needs);
  if (allowed) return <Button {...button} />;
  const reason = t("noAccess.action", { permission: t(`permission.${needs}`) });
  return (
    <>
      <Tip text={reason}>
        <Button {...button} aria-disabled aria-describedby={id} onClick={() => announce(reason)} />
      </Tip>
      <span id={id} hidden>
        {reason}
      </span>
    </>
  );
}
