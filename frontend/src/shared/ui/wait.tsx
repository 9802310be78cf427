import { type ReactNode, useEffect, useState } from "react";
import { useT } from "../i18n/i18n";
import { Button } from "./Button";

/** True once so many milliseconds have passed since the component appeared. */
export function useDelay(ms: number): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setOver(true), ms);
    return () => clearTimeout(timer);
  }, [ms]);
  return over;
}

/** What stands in for content on its first load: nothing for 400 ms, then a skeleton, after 10 s an explanation. */
export function Waiting(props: { skeleton: ReactNode; onRetry: () => void }) {
  const t = useT();
  const late = useDelay(400);
  const veryLate = useDelay(10_000);
  if (!late) return <div aria-busy="true" className="min-h-40" />;
  return (
    <div aria-busy="true">
      <span className="sr-only" role="status">
        {t("wait.loading")}
      </span>
      {veryLate && (
        <p className="mb-4 flex flex-wrap items-center gap-3" role="status">
          {t("wait.still")}
          <Button size="small" onClick={props.onRetry}>
            {t("action.tryAgain")}
          </Button>
        </p>
      )}
      <div aria-hidden>{props.skeleton}</div>
    </div>
  );
}

/** The thin bar on top while content that stays visible is read again. */
export function RefreshBar(props: { active: boolean }) {
  return props.active ? <div className="progress-bar" aria-hidden /> : null;
}

export function Bone(props: { className: string }) {
  return <div className={`skeleton ${props.className}`} />;
}
