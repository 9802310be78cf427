import { useEffect, useRef } from "react";
import { useLanguage } from "../../../shared/i18n/i18n";
import { PolicyText } from "../../../shared/policy/PolicyText";
import { calendarDate } from "../../../shared/time/format";
import { Banner } from "../../../shared/ui/Banner";
import { CheckField } from "../../../shared/ui/Field";
import { AcceptanceLine } from "./AcceptanceLine";
import { type Asking, canTick } from "./asking";
import { type Line, type Section, shortName } from "./policies";
import { usePolicyWords } from "./words";

export const boxId = (line: Line): string => `accept-${line.key.replace(" ", "-")}`;

/** One policy: what it says, on the page, and a box to tick for each line that is not accepted. */
export function PolicySection(props: {
  section: Section;
  asking: Asking;
  ticked: ReadonlySet<string>;
  problems: Record<string, string>;
  updated: boolean;
  /** The first that was updated takes focus: it has to be read before anything else. */
  focus: boolean;
  onTick: (line: Line, on: boolean) => void;
}) {
  const { section, asking } = props;
  const { version, lines } = section;
  const t = usePolicyWords();
  const { locale } = useLanguage();
  const heading = useRef<HTMLHeadingElement>(null);
  const id = `policy-${section.policyId}`;
  const open = lines.some((line) => canTick(line, asking));
  const students = lines.flatMap((line) => line.student ?? []);
  const nameOf = (line: Line) => line.student && shortName(line.student, students);

  useEffect(() => {
    if (props.focus) heading.current?.focus();
  }, [props.focus]);

  return (
    <section aria-labelledby={id} className="grid gap-4 border-t border-line-strong pt-6">
      <div className="grid gap-1">
        <h2 id={id} ref={heading} tabIndex={-1} className="text-xl leading-snug font-semibold outline-none">
          {version.title}
        </h2>
        <p className="text-sm text-ink-soft">
          {t("version", { number: version.number, date: calendarDate(version.effectiveFrom, locale) })}
        </p>
        {!section.required && <p className="text-sm text-ink-soft">{t("optional")}</p>}
      </div>
      {props.updated && (
        <Banner tone="warn" role="status">
          {t("updated")}
        </Banner>
      )}
      {version.changeNote && <p className="text-[0.9375rem]">{t("changed", { note: version.changeNote })}</p>}
      {open ? (
        <PolicyText html={version.bodyHtml} under={2} />
      ) : (
        <details className="no-print">
          <summary className="w-fit py-1.5 text-[0.9375rem] font-semibold text-accent">
            {t("readText")}
            <span className="sr-only">: {version.title}</span>
          </summary>
          <div className="pt-3">
            <PolicyText html={version.bodyHtml} under={2} />
          </div>
        </details>
      )}
      <div className="print-together grid gap-3">
        {lines.map((line) => (
          <div key={line.key} className="grid gap-2">
            {line.acceptance && <AcceptanceLine line={line} name={nameOf(line) ?? undefined} />}
            {canTick(line, asking) && (
              <CheckField
                id={boxId(line)}
                label={
                  line.student
                    ? t("acceptFor", { title: version.title, name: nameOf(line) ?? "" })
                    : t("accept", { title: version.title })
                }
                checked={props.ticked.has(line.key)}
                error={props.problems[line.key]}
                onChange={(event) => props.onTick(line, event.target.checked)}
              />
            )}
          </div>
        ))}
      </div>
    </section>
  );
}
