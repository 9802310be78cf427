import { Check, Clock, X } from "lucide-react";
import type { Step } from "./timeline";

const icons = { done: Check, now: Clock, failed: X };
const tones = { done: "tone-good", now: "tone-warn", failed: "tone-bad" };

/** The steps of a reset, one below the other. Its words tell the state; the marks only repeat it. */
export default function Steps(props: { id: string; label: string; steps: Step[] }) {
  return (
    <ol id={props.id} aria-label={props.label} className="mt-2.5 grid gap-1.5 border-l border-line pl-3">
      {props.steps.map((step) => {
        const Icon = icons[step.state];
        return (
          <li key={step.key} className="flex gap-2">
            <Icon aria-hidden className={`mt-1 size-3.5 flex-none ${tones[step.state]}`} />
            <span className="flex min-w-0 flex-wrap gap-x-2">
              {step.text} {step.time && <span className="text-ink-soft tabular-nums">{step.time}</span>}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
