import { useEffect, useRef, useState } from "react";
import { useLanguage } from "../../../../shared/i18n/i18n";
import { fileSize, largestScan, type Upload, type UploadedScan, uploadScan } from "./scan";
import type { PanelTranslate } from "./words";

export type ScanState =
  | { kind: "none" }
  | { kind: "sending"; name: string; part: number }
  | { kind: "ready"; scan: UploadedScan }
  | { kind: "failed"; name: string; message: string };

/** A scan is sent as soon as it is chosen, while the rest of the form is filled in; another choice replaces it. */
export function useScan(t: PanelTranslate) {
  const { locale } = useLanguage();
  const [state, setState] = useState<ScanState>({ kind: "none" });
  const upload = useRef<Upload | null>(null);
  useEffect(() => () => upload.current?.cancel(), []);

  function choose(file: File) {
    upload.current?.cancel();
    upload.current = null;
    if (file.size > largestScan) {
      setState({ kind: "failed", name: file.name, message: t("scanTooLarge", { size: fileSize(file.size, locale) }) });
      return;
    }
    setState({ kind: "sending", name: file.name, part: 0 });
    const mine = uploadScan(file, locale, (part) => {
      if (upload.current === mine) setState({ kind: "sending", name: file.name, part });
    });
    upload.current = mine;
    mine.done.then(
      (scan) => {
        if (upload.current === mine) setState({ kind: "ready", scan });
      },
      (error: Error) => {
        if (upload.current === mine)
          setState({ kind: "failed", name: file.name, message: error.message || t("scanLost") });
      },
    );
  }

  function remove() {
    upload.current?.cancel();
    upload.current = null;
    setState({ kind: "none" });
  }

  return { state, choose, remove };
}
