import { PolicyText } from "../../../shared/policy/PolicyText";
import type { Preview } from "./use-preview";
import { usePoliciesWords } from "./words";

/** The text as families will read it. */
export function PreviewPane(props: { preview: Preview; title: string }) {
  const t = usePoliciesWords();
  const { html, old, failed } = props.preview;
  return (
    <section aria-labelledby="preview" className="grid gap-3">
      <h2 id="preview" className="caption flex justify-between gap-3">
        {t("preview")}
        {old && html && <span className="font-normal normal-case">{t("previewOld")}</span>}
      </h2>
      <div className="sheet min-h-40 p-4 sm:p-6" aria-busy={old}>
        {failed && <p className="mb-3 text-sm tone-bad">{t("previewFailed")}</p>}
        {html ? (
          <>
            {props.title && <p className="mb-3 text-xl leading-snug font-semibold">{props.title}</p>}
            <PolicyText html={html} under={2} />
          </>
        ) : (
          <p className="text-ink-soft">{t("previewEmpty")}</p>
        )}
      </div>
    </section>
  );
}
