import { Dialog } from "@base-ui/react/dialog";
import { Download } from "lucide-react";
import { useId, useRef, useState } from "react";
import { Banner } from "../../../../shared/ui/Banner";
import { Button } from "../../../../shared/ui/Button";
import { useT } from "../../../i18n";
import { Choice } from "../../../parts/Choice";
import type { AuditFilter } from "../filter";
import { type Format, formats } from "./export-file";
import { type ExportState, useExport } from "./use-export";
import { useExportWords } from "./words";

/** The button, and the dialog that leads to a file with what the filter chooses. */
export function ExportButton(props: { filter: AuditFilter }) {
  const w = useExportWords();
  const { state, ...run } = useExport(props.filter);
  const [format, setFormat] = useState<Format>("csv");
  const button = useRef<HTMLButtonElement>(null);
  const open = state.kind !== "closed" && state.kind !== "asking";
  // What is seen while the dialog fades out is what it showed last.
  const [shown, setShown] = useState(state);
  if (open && shown !== state) setShown(state);
  return (
    <>
      <Button ref={button} waiting={state.kind === "asking"} onClick={run.open}>
        <Download aria-hidden className="size-4" />
        {w("export")}
      </Button>
      <Dialog.Root
        open={open}
        disablePointerDismissal
        onOpenChange={(to) => {
          if (!to && state.kind !== "saving") run.close();
        }}
      >
        <Dialog.Portal>
          <Dialog.Backdrop className="scrim" />
          <Dialog.Popup className="dialog" finalFocus={button}>
            <Dialog.Title className="text-xl font-semibold tracking-tight">{w("title")}</Dialog.Title>
            <Content state={open ? state : shown} format={format} onFormat={setFormat} run={run} />
          </Dialog.Popup>
        </Dialog.Portal>
      </Dialog.Root>
    </>
  );
}

function Content(props: {
  state: ExportState;
  format: Format;
  onFormat: (format: Format) => void;
  run: Omit<ReturnType<typeof useExport>, "state">;
}) {
  const w = useExportWords();
  const t = useT();
  const { state, run } = props;
  switch (state.kind) {
    case "choosing":
      return (
        <>
          <Dialog.Description className="mt-2">
            {state.total === null ? w("textUnknown") : w("text", { count: state.total })}
          </Dialog.Description>
          <div className="mt-5 grid gap-5">
            {state.problem && (
              <Banner tone="bad" role="alert">
                {state.problem}
              </Banner>
            )}
            <Choice
              legend={w("format")}
              value={props.format}
              options={formats.map((value) => ({ value, label: w(value), hint: w(`${value}Hint`) }))}
              onChange={props.onFormat}
            />
          </div>
          <div className="dialog-buttons">
            <Button onClick={run.close}>{t("action.cancel")}</Button>
            <Button kind="primary" onClick={() => run.start(props.format)}>
              {w("start")}
            </Button>
          </div>
        </>
      );
    case "saving":
      return (
        <>
          <Progress done={state.done} of={state.of} />
          <div className="dialog-buttons">
            <Button onClick={run.cancel}>{t("action.cancel")}</Button>
          </div>
        </>
      );
    case "saved":
      return (
        <>
          <div className="mt-4 grid gap-2" role="status">
            <Banner tone="good">
              {state.file
                ? w("saved", { count: state.total, file: state.file })
                : w("handedOver", { count: state.total })}
            </Banner>
            {!state.file && <p>{w(state.format === "csv" ? "completeCsv" : "completeJsonl")}</p>}
          </div>
          <div className="dialog-buttons">
            <Button kind="primary" onClick={run.close}>
              {t("action.close")}
            </Button>
          </div>
        </>
      );
    default:
      return null;
  }
}

function Progress(props: { done: number; of: number }) {
  const w = useExportWords();
  const id = useId();
  const { done, of } = props;
  return (
    <div className="mt-4 grid gap-1">
      <progress
        className="progress"
        max={Math.max(of, 1)}
        value={done}
        aria-label={w("progress")}
        aria-describedby={id}
      />
      <p id={id} className="text-sm tabular-nums">
        {w("saving", { done, of })}
      </p>
    </div>
  );
}
