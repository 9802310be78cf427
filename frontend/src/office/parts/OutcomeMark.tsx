import { Ban, Check, CircleAlert } from "lucide-react";
import { useT } from "../i18n";

const marks = {
  SUCCEEDED: { icon: Check, tone: "tone-none" },
  REFUSED: { icon: Ban, tone: "tone-warn" },
  FAILED: { icon: CircleAlert, tone: "tone-bad" },
};

/** How an entry of the Audit Log ended, as an icon; `words` shows the word beside it. */
export function OutcomeMark(props: { outcome: keyof typeof marks; words?: boolean }) {
  const t = useT();
  const { icon: Icon, tone } = marks[props.outcome] ?? marks.SUCCEEDED;
  const word = t(`outcome.${props.outcome}`);
  return (
    <span className={`inline-flex items-start gap-2 ${tone}`}>
      <Icon aria-hidden className="mt-[0.2em] size-4 flex-none" />
      {props.words ? <span>{word}</span> : <span className="sr-only">{word}:</span>}
    </span>
  );
}
