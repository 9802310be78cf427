import { TriangleAlert } from "lucide-react";
import { useState } from "react";
import { announce } from "../../../shared/ui/announce";
import { problemOf } from "../../api/problem";
import { useT } from "../../i18n";
import { PermittedButton } from "../../parts/PermittedButton";
import type { Channel } from "../../reset/model";
import { useClearContactMark } from "./mutations/use-clear-contact-mark";

/** What a message service reported of an address or number, and the way to take it back when it is wrong. */
export function ContactMark(props: {
  guardianId: string;
  channel: Channel;
  marks: readonly { channel: Channel; message: string }[];
}) {
  const t = useT();
  const [result, clear] = useClearContactMark();
  const [failure, setFailure] = useState("");
  const mark = props.marks.find((m) => m.channel === props.channel);
  if (!mark) return null;

  async function takeBack() {
    setFailure("");
    const { data, error } = await clear({ input: { guardianId: props.guardianId, channel: props.channel } });
    if (data?.clearContactMark.guardian) announce(t("mark.cleared"));
    else if (error) setFailure(t(`problem.${problemOf(error).kind}`));
    else setFailure(data?.clearContactMark.errors[0]?.message ?? t("problem.server"));
  }

  return (
    <span className="mt-0.5 flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
      <span className="inline-flex items-start gap-1.5 tone-bad">
        <TriangleAlert aria-hidden className="mt-[0.2em] size-4 flex-none" />
        {mark.message}
      </span>
      <PermittedButton
        kind="quiet"
        size="small"
        className="-mx-3"
        needs="FAMILIES_WRITE"
        waiting={result.fetching}
        onClick={() => void takeBack()}
      >
        {t("mark.clear")}
      </PermittedButton>
      {failure && (
        <span role="alert" className="basis-full text-bad">
          {failure}
        </span>
      )}
    </span>
  );
}
