import { AlertDialog } from "@base-ui/react/alert-dialog";
import { type KeyboardEvent, type ReactNode, type RefObject, useRef } from "react";
import { Button } from "./Button";

export interface ConfirmDialogProps {
  open: boolean;
  title: string;
  /** The first sentence; it is read out as the dialog's description. */
  description: ReactNode;
  children?: ReactNode;
  cancel: string;
  confirm: string;
  confirmKind?: "primary" | "danger";
  /** Both buttons wait and the dialog stays. */
  waiting?: boolean;
  onCancel: () => void;
  onConfirm: () => void;
  /** What gets focus when the dialog closes. */
  returnTo?: RefObject<HTMLElement | null>;
}

/**
 * Asks before something that can't be taken back. Focus starts on Cancel and key repeats are ignored, so
 * that an Enter key held down since the last screen does nothing here; a click outside does nothing either.
 */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const cancelButton = useRef<HTMLButtonElement>(null);
  const close = () => {
    if (!props.waiting) props.onCancel();
  };
  return (
    <AlertDialog.Root open={props.open} onOpenChange={(open) => !open && close()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="scrim" />
        <AlertDialog.Popup
          className="dialog"
          initialFocus={cancelButton}
          {...(props.returnTo ? { finalFocus: props.returnTo } : {})}
          onKeyDown={ignoreRepeats}
        >
          <AlertDialog.Title className="text-xl font-semibold tracking-tight">{props.title}</AlertDialog.Title>
          <AlertDialog.Description className="mt-3">{props.description}</AlertDialog.Description>
          {props.children}
          <div className="dialog-buttons">
            <Button ref={cancelButton} waiting={props.waiting ?? false} onClick={close}>
              {props.cancel}
            </Button>
            <Button kind={props.confirmKind ?? "primary"} waiting={props.waiting ?? false} onClick={props.onConfirm}>
              {props.confirm}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

/** A held key presses a button again and again; only buttons are protected, text fields need repeats. */
export function ignoreRepeats(event: KeyboardEvent): void {
  if (event.repeat && event.target instanceof HTMLButtonElement) event.preventDefault();
}
