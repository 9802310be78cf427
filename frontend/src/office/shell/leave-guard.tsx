import { createContext, type ReactNode, use, useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { BaseLocationHook } from "wouter";
import { useBrowserLocation } from "wouter/use-browser-location";
import { ConfirmDialog } from "../../shared/ui/ConfirmDialog";
import { useT } from "../i18n";

interface Guard {
  /** Whether something typed would be lost. */
  setDirty(dirty: boolean): void;
  /** The path to show: the one with the unsaved changes, until they are saved or given up. */
  hold(location: string): string;
  /** Runs `go` at once, or after asking when something would be lost. */
  attempt(go: () => void): void;
}

const GuardContext = createContext<Guard>({ setDirty: () => {}, hold: (location) => location, attempt: (go) => go() });

export const useLeaveGuard = (): Guard => use(GuardContext);

/** The router's location hook: links ask before they leave unsaved changes behind. */
export const useGuardedLocation: BaseLocationHook = () => {
  const { attempt, hold } = useLeaveGuard();
  const [location, navigate] = useBrowserLocation();
  const guarded = useCallback<typeof navigate>(
    (to, options) => {
      // A change of the query alone stays on the page, and so does what was typed.
      if (new URL(to.toString(), window.location.href).pathname === window.location.pathname) navigate(to, options);
      else attempt(() => navigate(to, options));
    },
    [attempt, navigate],
  );
  // After Back the address is another one before anything could ask: what was typed must not be thrown away then.
  return [hold(location), guarded];
};

/** Asks "Discard unsaved changes?" before leaving a page, by link, by the Back button or by closing the tab. */
export function LeaveGuard(props: { children: ReactNode }) {
  const t = useT();
  const dirty = useRef(false);
  const page = useRef("");
  const [waiting, setWaiting] = useState<{ go: () => void } | null>(null);

  const guard = useMemo<Guard>(
    () => ({
      setDirty(value) {
        if (value && !dirty.current) page.current = window.location.href;
        dirty.current = value;
      },
      hold: (location) => (dirty.current ? new URL(page.current).pathname : location),
      attempt(go) {
        if (dirty.current) setWaiting({ go });
        else go();
      },
    }),
    [],
  );

  // A layout effect runs before the router begins to listen: Chromium calls listeners of the window in the order
  // they were added, whether they capture or not, and the router must not hear of a step that is taken back.
  useLayoutEffect(() => {
    const unload = (event: BeforeUnloadEvent) => {
      if (dirty.current) event.preventDefault();
    };
    // The browser has already gone back when it says so: return to the page, ask, and go back again.
    const back = (event: PopStateEvent) => {
      if (!dirty.current || window.location.pathname === new URL(page.current).pathname) return;
      event.stopImmediatePropagation();
      window.history.pushState(null, "", page.current);
      setWaiting({ go: () => window.history.go(-1) });
    };
    window.addEventListener("beforeunload", unload);
    window.addEventListener("popstate", back, { capture: true });
    return () => {
      window.removeEventListener("beforeunload", unload);
      window.removeEventListener("popstate", back, { capture: true });
    };
  }, []);

  return (
    <GuardContext value={guard}>
      {props.children}
      <ConfirmDialog
        open={waiting !== null}
        title={t("unsaved.ask")}
        description={t("unsaved.askText")}
        cancel={t("unsaved.keep")}
        confirm={t("unsaved.discard")}
        confirmKind="danger"
        onCancel={() => setWaiting(null)}
        onConfirm={() => {
          dirty.current = false;
          setWaiting(null);
          waiting?.go();
        }}
      />
    </GuardContext>
  );
}
