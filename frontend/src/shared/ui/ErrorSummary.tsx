import { useEffect, useRef } from "react";
import { useT } from "../i18n/i18n";
import { Banner } from "./Banner";
import { useErrorTitle } from "./page";

export interface FieldProblem {
  /** Id of the control; empty for a problem of the form as a whole. */
  field: string;
  message: string;
}

/**
 * What is wrong with a form, at its top. It takes focus each time `problems` is a new array, so that
 * keyboard and screen reader are where the words are.
 */
export function ErrorSummary(props: { problems: readonly FieldProblem[] }) {
  const t = useT();
  const box = useRef<HTMLDivElement>(null);
  const { problems } = props;
  useEffect(() => {
    if (problems.length > 0) box.current?.focus();
  }, [problems]);
  useErrorTitle(problems.length > 0);
  if (problems.length === 0) return null;
  return (
    <Banner tone="bad" role="group" tabIndex={-1} ref={box}>
      <p className="font-semibold">{t("form.problems", { count: problems.length })}</p>
      <ul className="mt-1 grid gap-1">
        {problems.map((problem) => (
          <li key={problem.field + problem.message}>
            {problem.field ? (
              <a
                className="link"
                href={`#${problem.field}`}
                onClick={(event) => {
                  event.preventDefault();
                  document.getElementById(problem.field)?.focus();
                }}
              >
                {problem.message}
              </a>
            ) : (
              problem.message
            )}
          </li>
        ))}
      </ul>
    </Banner>
  );
}
