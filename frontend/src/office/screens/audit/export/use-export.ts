import { useEffect, useRef, useState } from "react";
import { useLanguage } from "../../../../shared/i18n/i18n";
import { today } from "../../../../shared/time/format";
import { useTimeZone } from "../../../../shared/time/zone";
import { announce } from "../../../../shared/ui/announce";
import { useT } from "../../../i18n";
import { useAskIdentity } from "../../../identity/confirm";
import type { AuditFilter } from "../filter";
import {
  chooseFile,
  countEntries,
  download,
  ExportFailed,
  exportUrl,
  type Format,
  save,
  writesFiles,
} from "./export-file";
import { useExportWords } from "./words";

export type ExportState =
  | { kind: "closed" }
  /** Nothing to see of its own: the size is asked for, or who is there. */
  | { kind: "asking" }
  /** How many entries there are is null where it could not be found out. */
  | { kind: "choosing"; total: number | null; problem?: string }
  | { kind: "saving"; done: number; of: number }
  /** Without the name of a file the browser has taken over. */
  | { kind: "saved"; total: number; file?: string; format: Format };

/** How often progress is shown, milliseconds: thousands of pieces may come in a second. */
const showEvery = 100;

/** Exports what the filter chooses: how big it is, who is there, where to put it, how far it is. */
export function useExport(filter: AuditFilter) {
  const w = useExportWords();
  const t = useT();
  const { locale } = useLanguage();
  const timeZone = useTimeZone();
  const ask = useAskIdentity();
  const [state, setState] = useState<ExportState>({ kind: "closed" });
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  /** Tries again after a proof of who is there, as often as one is asked for; null when none was given. */
  async function proven<T>(run: () => Promise<T>): Promise<T | null> {
    for (;;) {
      try {
        return await run();
      } catch (error) {
        if (!(error instanceof ExportFailed) || error.why !== "REAUTHENTICATION_REQUIRED") throw error;
        setState({ kind: "asking" });
        if (!(await ask(w("confirm")))) return null;
      }
    }
  }

  function sentence(error: unknown): string {
    const { why, entries } = error instanceof ExportFailed ? error : new ExportFailed("SERVER");
    switch (why) {
      case "CUT_OFF":
        return w("cutOff", { count: entries });
      case "FILE":
        return w("file");
      case "FORBIDDEN":
        return t("problem.forbidden");
      case "UNAUTHENTICATED":
        return t("problem.session");
      case "OFFLINE":
        return t("problem.offline");
      case "UNREACHABLE":
        return t("problem.unreachable");
      default:
        return t("problem.server");
    }
  }

  const size = () => countEntries(exportUrl(filter, "csv", locale), locale);

  async function open() {
    if (state.kind !== "closed") return;
    setState({ kind: "asking" });
    try {
      const total = await proven(size);
      setState(total === null ? { kind: "closed" } : { kind: "choosing", total });
    } catch (error) {
      setState({ kind: "choosing", total: null, problem: sentence(error) });
    }
  }

  async function start(format: Format) {
    if (state.kind !== "choosing") return;
    const { total } = state;
    const url = exportUrl(filter, format, locale);
    const back = (problem: string) => setState({ kind: "choosing", total, problem });
    const stop = new AbortController();
    try {
      if (writesFiles()) {
        const name = `audit-${today(new Date(), timeZone)}.${format}`;
        const file = await chooseFile(name, format);
        if (!file) return;
        running.current = stop;
        announce(w("begun"));
        const saved = await proven(() =>
          save(url, file, { locale, signal: stop.signal, onProgress: pacing(setState) }),
        );
        if (saved === null) return back(w("notConfirmed"));
        setState({ kind: "saved", total: saved, file: file.name, format });
      } else {
        const found = await proven(size);
        if (found === null) return back(w("notConfirmed"));
        download(url);
        setState({ kind: "saved", total: found, format });
      }
    } catch (error) {
      back(stop.signal.aborted ? w("cancelled") : sentence(error));
    } finally {
      running.current = null;
    }
  }

  return {
    state,
    open: () => void open(),
    start: (format: Format) => void start(format),
    cancel: () => running.current?.abort(),
    close: () => setState({ kind: "closed" }),
  };
}

/** Shows the first and the last progress, and between them one now and then. */
function pacing(show: (state: ExportState) => void) {
  let shown = Number.NEGATIVE_INFINITY;
  return (done: number, of: number) => {
    const now = performance.now();
    if (done < of && now - shown < showEvery) return;
    shown = now;
    show({ kind: "saving", done, of });
  };
}
