import { Dialog } from "@base-ui/react/dialog";
import { useEffect, useState } from "react";
import { Button } from "../../shared/ui/Button";
import { useT } from "../i18n";

const key = "officeportal.shortcuts";
let listeners: (() => void)[] = [];

/** Single-key shortcuts get in the way of speech input; they can be switched off (WCAG 2.2, 2.1.4). */
export const shortcutsOn = (): boolean => localStorage.getItem(key) !== "off";

export function setShortcuts(on: boolean): void {
  localStorage.setItem(key, on ? "on" : "off");
  for (const listener of listeners) listener();
}

/** Subscribes to the switch, for `useSyncExternalStore`. */
export function watchShortcuts(listener: () => void): () => void {
  listeners.push(listener);
  return () => {
    listeners = listeners.filter((other) => other !== listener);
  };
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest("input, select, textarea, [contenteditable], [role=dialog], [role=alertdialog], [role=menu]") !==
      null
  );
}

/** `/` goes to the search field of the page, `?` lists the shortcuts. */
export function Shortcuts() {
  const t = useT();
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!shortcutsOn() || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (event.key === "/") {
        const search = document.querySelector<HTMLInputElement>("input[type=search]");
        if (!search) return;
        event.preventDefault();
        search.focus();
        search.select();
      } else if (event.key === "?") {
        event.preventDefault();
        setOpen(true);
      }
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
  const rows = [
    ["/", t("shortcuts.search")],
    ["?", t("shortcuts.list")],
    ["Esc", t("shortcuts.close")],
  ];
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Portal>
        <Dialog.Backdrop className="scrim" />
        <Dialog.Popup className="dialog">
          <Dialog.Title className="text-xl font-semibold tracking-tight">{t("shortcuts.title")}</Dialog.Title>
          <dl className="mt-4 grid grid-cols-[auto_1fr] gap-x-4 gap-y-3">
            {rows.map(([name, text]) => (
              <div key={name} className="contents">
                <dt>
                  <kbd className="rounded-sm border border-line-strong bg-sunken px-2 py-0.5 font-sans text-sm">
                    {name}
                  </kbd>
                </dt>
                <dd>{text}</dd>
              </div>
            ))}
          </dl>
          <p className="mt-4 text-sm text-ink-soft">{t("shortcuts.off")}</p>
          <div className="dialog-buttons">
            <Button onClick={() => setOpen(false)}>{t("action.close")}</Button>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
