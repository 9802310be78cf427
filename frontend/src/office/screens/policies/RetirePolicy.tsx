import { useRef, useState } from "react";
import { announce } from "../../../shared/ui/announce";
import { Banner } from "../../../shared/ui/Banner";
import { ConfirmDialog } from "../../../shared/ui/ConfirmDialog";
import { problemOf } from "../../api/problem";
import { useT } from "../../i18n";
import { PermittedButton } from "../../parts/PermittedButton";
import { useRetirePolicy } from "./use-retire-policy";
import { usePoliciesWords } from "./words";

/** Takes a policy out of use, after asking. A failure stays in the dialog. */
export function RetirePolicy(props: {
  policy: { id: string; title: string; version: number; retired: boolean };
  onChanged: () => void;
}) {
  const { policy } = props;
  const words = usePoliciesWords();
  const t = useT();
  const [asking, setAsking] = useState(false);
  const [failure, setFailure] = useState("");
  const [result, retire] = useRetirePolicy();
  // The button, as long as there is one: it goes with the policy, and then the page's heading says what is left.
  const back = useRef<HTMLElement>(null);

  async function confirm() {
    setFailure("");
    const { data, error } = await retire({ input: { policyId: policy.id, version: policy.version } });
    if (data?.retirePolicy.policy) {
      back.current = document.querySelector("h1");
      setAsking(false);
      announce(words("retireDone", { title: policy.title }));
      return;
    }
    setFailure(
      error ? t(`problem.${problemOf(error).kind}`) : (data?.retirePolicy.errors[0]?.message ?? t("problem.server")),
    );
    // Somebody else may have changed it: the next try is about what is shown then.
    if (data) props.onChanged();
  }

  return (
    <>
      {!policy.retired && (
        <PermittedButton
          kind="danger"
          needs="POLICIES_MANAGE"
          onClick={(event) => {
            back.current = event.currentTarget;
            setFailure("");
            setAsking(true);
          }}
        >
          {words("retire")}
        </PermittedButton>
      )}
      <ConfirmDialog
        open={asking}
        title={words("retireTitle")}
        description={words("retireAsk", { title: policy.title })}
        cancel={t("action.cancel")}
        confirm={words("retire")}
        confirmKind="danger"
        waiting={result.fetching}
        returnTo={back}
        onCancel={() => setAsking(false)}
        onConfirm={() => void confirm()}
      >
        {failure && (
          <div className="mt-4">
            <Banner tone="bad" role="alert">
              {failure}
            </Banner>
          </div>
        )}
      </ConfirmDialog>
    </>
  );
}
