import { useEffect, useRef } from "react";
import { TimeText } from "../../../shared/time/TimeText";
import { Banner } from "../../../shared/ui/Banner";
import { Button } from "../../../shared/ui/Button";
import { useT } from "../../i18n";
import type { Conflict } from "./save-result";

/** Somebody changed the same thing meanwhile. Their values are shown beside what was typed, not instead of it. */
export function ConflictBanner(props: { conflict: Conflict; shown: boolean; onShow: () => void }) {
  const t = useT();
  const { by, at } = props.conflict;
  const box = useRef<HTMLDivElement>(null);
  // Save is at the bottom of the window, this may be above what is in sight.
  useEffect(() => box.current?.focus(), []);
  return (
    <Banner tone="warn" role="alert" tabIndex={-1} ref={box}>
      <p>
        {by ? t("conflict.by", { name: by }) : t("conflict.somebody")}
        {at && (
          <>
            {" "}
            <TimeText at={at} />
          </>
        )}
        .
      </p>
      {props.shown ? (
        <p className="mt-1">{t("conflict.shown")}</p>
      ) : (
        <Button size="small" className="mt-2" onClick={props.onShow}>
          {t("conflict.show")}
        </Button>
      )}
    </Banner>
  );
}
