import { Dialog } from "@base-ui/react/dialog";
import { useEffect, useState } from "react";
import { announce } from "../../shared/ui/announce";
import { useT } from "../i18n";
import { useApi } from "./api-context";
import { SignInForm } from "./SignInForm";
import { useSession } from "./session";

/**
 * Appears over whatever was on the screen when the session ended, and gives it back as it was. Somebody else
 * signing in here starts afresh: what the first person typed is not theirs.
 */
export function SessionEndedDialog() {
  const t = useT();
  const { session: watch } = useApi();
  const { staff } = useSession();
  const [open, setOpen] = useState(false);
  useEffect(() => watch.onEnded(() => setOpen(true)), [watch]);
  return (
    <Dialog.Root open={open} disablePointerDismissal onOpenChange={() => {}}>
      <Dialog.Portal>
        <Dialog.Backdrop className="scrim" />
        <Dialog.Popup className="dialog">
          <Dialog.Title className="text-xl font-semibold tracking-tight">{t("session.ended")}</Dialog.Title>
          <Dialog.Description className="mt-2 mb-5">{t("session.endedText")}</Dialog.Description>
          <SignInForm
            email={staff.email ?? ""}
            onSignedIn={(id) => {
              if (id !== staff.id) {
                window.location.reload();
                return;
              }
              setOpen(false);
              watch.renewed();
              announce(t("session.renewed"));
            }}
          />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
