import type { ReactNode } from "react";
import { Banner } from "../../shared/ui/Banner";
import { Button } from "../../shared/ui/Button";
import { useDocumentTitle } from "../../shared/ui/page";
import { Bone, Waiting } from "../../shared/ui/wait";
import { useT } from "../i18n";
import type { RequestFailed } from "./request";
import type { Loading } from "./use-load";

export function LoadView<Data>(props: { loading: Loading<Data>; what: string; children: (data: Data) => ReactNode }) {
  const { data, error, reload } = props.loading;
  if (data !== null) return props.children(data);
  if (error) return <Failure error={error} what={props.what} onRetry={reload} />;
  return <Waiting skeleton={<Skeleton />} onRetry={reload} />;
}

function Failure(props: { error: RequestFailed; what: string; onRetry: () => void }) {
  const t = useT();
  useDocumentTitle(props.what, true);
  return (
    <Banner tone="bad" role="alert">
      <p className="font-semibold">{t("problem.title", { what: props.what })}</p>
      <p>{t(`problem.${props.error.kind}`)}</p>
      <Button size="small" className="mt-3" onClick={props.onRetry}>
        {t("action.tryAgain")}
      </Button>
      {props.error.requestId && (
        <p className="mt-2 text-sm text-ink-soft">{t("problem.reference", { id: props.error.requestId })}</p>
      )}
    </Banner>
  );
}

function Skeleton() {
  return (
    <div className="grid gap-4">
      <Bone className="h-8 w-40" />
      <Bone className="h-12" />
      <Bone className="h-12" />
    </div>
  );
}
