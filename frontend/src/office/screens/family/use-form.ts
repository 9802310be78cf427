import { useCallback, useRef, useState } from "react";
import { noFailure, type SaveFailure } from "./save-result";

type FormValues = Record<string, string | boolean>;

/**
 * The state of an in-place form: what is stored, what was typed, what went wrong. `theirs` holds the stored
 * values of a newer version, shown beside the typed ones after a conflict.
 */
export function useForm<V extends FormValues>(initial: V, version: number) {
  const [base, setBase] = useState({ values: initial, version });
  const [values, setValues] = useState(initial);
  const [theirs, setTheirs] = useState<V | null>(null);
  const [failure, setFailure] = useState<SaveFailure>(noFailure);
  const current = useRef({ base, values });
  current.current = { base, values };

  const set = useCallback(
    <K extends keyof V>(key: K, value: V[K]) => setValues((all) => ({ ...all, [key]: value })),
    [],
  );

  /** After a conflict: from now on changes are made to the newer version. */
  const rebase = useCallback((newer: V, newerVersion: number) => {
    const { base: old, values: typed } = current.current;
    const merged = { ...newer };
    for (const key of Object.keys(newer) as (keyof V)[]) {
      // What was not touched here takes their value; what was, stays for the person to decide.
      if (typed[key] !== old.values[key]) merged[key] = typed[key];
    }
    setBase({ values: newer, version: newerVersion });
    setValues(merged);
    setTheirs(newer);
  }, []);

  /** Part of the form was saved: that part is no longer a change. */
  const saved = useCallback((stored: V, storedVersion: number) => {
    setBase({ values: stored, version: storedVersion });
  }, []);

  const changed = (key: keyof V) => values[key] !== base.values[key];
  const dirty = Object.keys(values).some(changed);
  return { values, set, version: base.version, changed, dirty, failure, setFailure, theirs, rebase, saved };
}
