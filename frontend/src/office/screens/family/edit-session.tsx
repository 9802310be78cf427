import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { announce } from "../../../shared/ui/announce";
import { Button } from "../../../shared/ui/Button";
import { useT } from "../../i18n";
import { useLeaveGuard } from "../../shell/leave-guard";

/** One open form of the page. */
export interface Draft {
  dirty: boolean;
  /** Sends the form; true when everything in it is saved. */
  save(): Promise<boolean>;
  /** Forgets what was typed and closes the form. */
  discard(): void;
}

interface EditSession {
  register(id: string, draft: Draft | null): void;
  saveAll(): Promise<void>;
  saving: boolean;
}

const EditContext = createContext<EditSession | null>(null);

export function useEditSession(): EditSession {
  const session = use(EditContext);
  if (!session) throw new Error("EditSessionProvider is missing");
  return session;
}

/** Makes an open form part of the page's unsaved changes for as long as it is mounted. */
export function useDraft(id: string, draft: Draft): void {
  const { register } = useEditSession();
  const latest = useRef(draft);
  latest.current = draft;
  const { dirty } = draft;
  useEffect(() => {
    register(id, { dirty, save: () => latest.current.save(), discard: () => latest.current.discard() });
  }, [id, dirty, register]);
  useEffect(() => () => register(id, null), [id, register]);
}

/**
 * All open forms of a page are saved or discarded together, by one bar at the bottom: whoever changes an
 * address and a name is asked once.
 */
export function EditSessionProvider(props: { children: ReactNode }) {
  const t = useT();
  const drafts = useRef(new Map<string, Draft>());
  const [dirty, setDirty] = useState(false);
  const [saving, setSaving] = useState(false);
  const busy = useRef(false);
  const guard = useLeaveGuard();

  const register = useCallback(
    (id: string, draft: Draft | null) => {
      if (draft) drafts.current.set(id, draft);
      else drafts.current.delete(id);
      const any = [...drafts.current.values()].some((d) => d.dirty);
      setDirty(any);
      guard.setDirty(any);
    },
    [guard],
  );
  useEffect(() => () => guard.setDirty(false), [guard]);

  const saveAll = useCallback(async () => {
    if (busy.current) return;
    busy.current = true;
    setSaving(true);
    let saved = true;
    // One after the other: forms of one family may change the same version.
    for (const draft of [...drafts.current.values()]) {
      if (draft.dirty && !(await draft.save())) saved = false;
    }
    busy.current = false;
    setSaving(false);
    if (saved) announce(t("unsaved.saved"));
  }, [t]);

  const session = useMemo(() => ({ register, saveAll, saving }), [register, saveAll, saving]);
  return (
    <EditContext value={session}>
      {props.children}
      {dirty && (
        <section
          aria-label={t("unsaved.title")}
          className="sticky bottom-0 z-20 -mx-4 mt-8 border-t-2 border-accent bg-sheet px-4 py-3 sm:-mx-8 sm:px-8"
        >
          <div className="flex flex-wrap items-center justify-between gap-3">
            <p className="font-semibold">{t("unsaved.title")}</p>
            <div className="flex gap-3">
              <Button
                waiting={saving}
                onClick={() => {
                  for (const draft of [...drafts.current.values()]) if (draft.dirty) draft.discard();
                  announce(t("unsaved.discarded"));
                }}
              >
                {t("unsaved.discard")}
              </Button>
              <Button kind="primary" waiting={saving} onClick={() => void saveAll()}>
                {saving ? t("action.saving") : t("action.save")}
              </Button>
            </div>
          </div>
        </section>
      )}
    </EditContext>
  );
}
