import { useState } from "react";
import { useNow } from "../../../shared/time/use-now";
import { announce } from "../../../shared/ui/announce";
import { Button } from "../../../shared/ui/Button";
import { PageTitle } from "../../../shared/ui/page";
import { useT } from "../../i18n";

const pause = 60_000;

/** Always the same page: it never says whether an address is known. */
export function CheckYourEmail(props: { email: string; onAgain: () => Promise<boolean>; onOther: () => void }) {
  const t = useT();
  const [sentAt, setSentAt] = useState(Date.now);
  const [pending, setPending] = useState(false);
  const now = useNow(1000);
  const seconds = Math.ceil((sentAt + pause - now.getTime()) / 1000);
  const waiting = seconds > 0;

  async function again() {
    if (pending) return;
    setPending(true);
    if (await props.onAgain()) {
      setSentAt(Date.now());
      announce(t("check.sent"));
    }
    setPending(false);
  }

  return (
    <div className="grid gap-5">
      <PageTitle>{t("check.title")}</PageTitle>
      <p>{t("check.text", { email: props.email })}</p>
      <ul className="grid list-disc gap-1.5 pl-5">
        <li>{t("check.spam")}</li>
        <li>
          {t("check.typo")}{" "}
          <button type="button" className="link min-h-6" onClick={props.onOther}>
            {t("check.other")}
          </button>
        </li>
      </ul>
      <div className="grid justify-items-start gap-2">
        <Button waiting={waiting || pending} aria-describedby="again-wait" onClick={() => void again()}>
          {pending ? t("forgot.pending") : t("check.again")}
        </Button>
        <p id="again-wait" className="text-sm text-ink-soft">
          {waiting && t("check.wait", { seconds })}
        </p>
      </div>
    </div>
  );
}
