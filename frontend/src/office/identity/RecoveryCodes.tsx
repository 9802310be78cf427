import { useWords } from "../../shared/i18n/words";
import { Banner } from "../../shared/ui/Banner";
import { Button } from "../../shared/ui/Button";
import { words } from "./words";

/** The codes, this once. */
export function RecoveryCodes(props: { codes: readonly string[]; onKept: () => void }) {
  const w = useWords(words);
  const text = `${props.codes.join("\n")}\n`;
  function download() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    link.download = "office-portal-recovery-codes.txt";
    link.click();
    URL.revokeObjectURL(link.href);
  }
  return (
    <section aria-labelledby="codes-once" className="grid gap-4">
      <h2 id="codes-once" className="caption">
        {w("codes")}
      </h2>
      <Banner tone="warn">{w("codesOnce")}</Banner>
      <ul className="sheet grid gap-1 p-4 font-mono sm:grid-cols-2" data-testid="recovery-codes">
        {props.codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-3">
        <Button onClick={download}>{w("download")}</Button>
        <Button onClick={() => window.print()}>{w("print")}</Button>
        <Button kind="primary" onClick={props.onKept}>
          {w("codesKept")}
        </Button>
      </div>
    </section>
  );
}
