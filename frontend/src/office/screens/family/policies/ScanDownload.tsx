import { Download } from "lucide-react";
import { useState } from "react";
import { useLanguage } from "../../../../shared/i18n/i18n";
import { downloadScan, fileSize } from "./scan";
import { usePanelWords } from "./words";

export function ScanDownload(props: { scan: { fileName: string; size: number; downloadPath: string } }) {
  const { scan } = props;
  const t = usePanelWords();
  const { locale } = useLanguage();
  const [state, setState] = useState<"idle" | "pending" | "failed">("idle");

  async function download() {
    if (state === "pending") return;
    setState("pending");
    try {
      await downloadScan(scan, locale);
      setState("idle");
    } catch {
      setState("failed");
    }
  }

  return (
    <>
      <button
        type="button"
        className="link inline-flex min-h-6 items-center gap-1 text-left"
        onClick={() => void download()}
      >
        <Download aria-hidden className="size-4 flex-none" />
        {state === "pending" ? t("downloading") : t("download", { file: scan.fileName })}
      </button>{" "}
      <span className="text-ink-soft">({fileSize(scan.size, locale)})</span>
      {state === "failed" && (
        <p role="alert" className="font-medium text-bad">
          {t("downloadFailed")}
        </p>
      )}
    </>
  );
}
