import { FileCheck, X } from "lucide-react";
import { useRef } from "react";
import { useLanguage } from "../../../../shared/i18n/i18n";
import { Button } from "../../../../shared/ui/Button";
import { Field } from "../../../../shared/ui/Field";
import { useT } from "../../../i18n";
import { fileSize } from "./scan";
import type { ScanState } from "./use-scan";
import { usePanelWords } from "./words";

/** A file to choose, how far it has been sent, and the way to take it off again. */
export function ScanField(props: {
  id: string;
  state: ScanState;
  error: string | undefined;
  onChoose: (file: File) => void;
  onRemove: () => void;
}) {
  const { state } = props;
  const words = usePanelWords();
  const t = useT();
  const { locale } = useLanguage();
  const input = useRef<HTMLInputElement>(null);
  const name = state.kind === "none" ? "" : state.kind === "ready" ? state.scan.fileName : state.name;
  return (
    <div className="grid gap-2">
      <Field
        id={props.id}
        label={words("scan")}
        optional={t("form.optional")}
        hint={words("scanHint")}
        error={state.kind === "failed" ? state.message : props.error}
      >
        {(wiring) => (
          <input
            {...wiring}
            ref={input}
            type="file"
            accept=".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png"
            className="input file-input"
            onChange={(event) => {
              const file = event.target.files?.[0];
              if (file) props.onChoose(file);
            }}
          />
        )}
      </Field>
      {state.kind === "sending" && (
        <label className="grid gap-1 text-sm">
          {words("scanSending", { file: name })}
          <progress className="progress" max={1} value={state.part} />
        </label>
      )}
      {state.kind !== "none" && (
        <div className="flex flex-wrap items-center justify-between gap-2 text-sm">
          <p role="status" className="flex min-w-0 gap-2">
            {state.kind === "ready" && (
              <>
                <FileCheck aria-hidden className="tone-good mt-0.5 size-4 flex-none" />
                {words("scanReady", { file: name, size: fileSize(state.scan.size, locale) })}
              </>
            )}
          </p>
          <Button
            size="small"
            kind="quiet"
            onClick={() => {
              if (input.current) input.current.value = "";
              props.onRemove();
              input.current?.focus();
            }}
          >
            <X aria-hidden className="size-4" />
            {words("scanRemove", { file: name })}
          </Button>
        </div>
      )}
    </div>
  );
}
