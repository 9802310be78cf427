import { type ReactNode, useEffect, useRef } from "react";
import type { AnyVariables, UseQueryResponse } from "urql";
import { Link, useLocation } from "wouter";
import { Banner } from "../../shared/ui/Banner";
import { Button } from "../../shared/ui/Button";
import { useDocumentTitle } from "../../shared/ui/page";
import { RefreshBar, Waiting } from "../../shared/ui/wait";
import { useT } from "../i18n";
import { type Problem, problemOf } from "./problem";

/**
 * Shows the answer of a query in its four states: waiting, failed, there, being read again. Old content stays
 * while it is read again, also when that fails. What failed without a connection is read as soon as there is one.
 */
export function QueryView<Data, Variables extends AnyVariables>(props: {
  query: UseQueryResponse<Data, Variables>;
  /** What is being read, for the sentence that it failed. */
  what: string;
  skeleton: ReactNode;
  children: (data: Data) => ReactNode;
}) {
  const [{ data, error, fetching, stale }, execute] = props.query;
  const again = () => execute({ requestPolicy: "network-only" });
  const offline = error !== undefined && problemOf(error).kind === "offline";
  const retry = useRef(again);
  retry.current = again;
  useEffect(() => {
    if (!offline) return;
    const back = () => retry.current();
    window.addEventListener("online", back);
    return () => window.removeEventListener("online", back);
  }, [offline]);
  return (
    <>
      <RefreshBar active={Boolean(data) && (fetching || stale)} />
      {error && <ProblemBanner problem={problemOf(error)} what={props.what} onRetry={again} />}
      {data ? props.children(data) : !error && <Waiting skeleton={props.skeleton} onRetry={again} />}
    </>
  );
}

export function ProblemBanner(props: { problem: Problem; what: string; onRetry: () => void }) {
  const t = useT();
  const { kind, requestId } = props.problem;
  const [path] = useLocation(); // what a screen reads comes from its address: without filters and page it is right
  useDocumentTitle(props.what, true);
  return (
    <Banner tone="bad" role="alert">
      <p className="font-semibold">{t("problem.title", { what: props.what })}</p>
      <p>{kind === "input" ? t("problem.address") : t(`problem.${kind}`)}</p>
      <div className="mt-3 flex flex-wrap items-center gap-x-4 gap-y-2">
        {kind === "input" ? (
          <Link href={path} className="button" data-size="small">
            {t("problem.anew")}
          </Link>
        ) : (
          <Button size="small" onClick={props.onRetry}>
            {t("action.tryAgain")}
          </Button>
        )}
        {requestId && <span className="text-sm text-ink-soft">{t("problem.reference", { id: requestId })}</span>}
      </div>
    </Banner>
  );
}
