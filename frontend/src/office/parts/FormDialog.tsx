import { Dialog } from "@base-ui/react/dialog";
import type { FormEvent, ReactNode } from "react";
import { Button } from "../../shared/ui/Button";
import { useT } from "../i18n";

/** A short form over the page: title, fields, Cancel and one button that does it. */
export function FormDialog(props: {
  open: boolean;
  title: string;
  text?: string;
  submit: string;
  pending: boolean;
  /** What gets focus when the dialog closes; without it, what had it before. */
  returnTo?: () => HTMLElement | null;
  onClose: () => void;
  onSubmit: () => void;
  children: ReactNode;
}) {
  const t = useT();
  const close = () => {
    if (!props.pending) props.onClose();
  };
  return (
    <Dialog.Root open={props.open} disablePointerDismissal onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="scrim" />
        <Dialog.Popup className="dialog" {...(props.returnTo ? { finalFocus: props.returnTo } : {})}>
          <Dialog.Title className="text-xl font-semibold tracking-tight">{props.title}</Dialog.Title>
          {props.text && <Dialog.Description className="mt-2">{props.text}</Dialog.Description>}
          <form
            noValidate
            className="dialog-form"
            onSubmit={(event: FormEvent) => {
              event.preventDefault();
              // A form in a portal still bubbles to forms around it in React's tree.
              event.stopPropagation();
              if (!props.pending) props.onSubmit();
            }}
          >
            <div className="dialog-fields">{props.children}</div>
            <div className="dialog-buttons">
              <Button waiting={props.pending} onClick={close}>
                {t("action.cancel")}
              </Button>
              <Button type="submit" kind="primary" waiting={props.pending}>
                {props.pending ? t("action.saving") : props.submit}
              </Button>
            </div>
          </form>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
