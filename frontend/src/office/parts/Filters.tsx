import { SlidersHorizontal } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import { useT } from "../i18n";

/**
 * The filters of a list. On a phone they are folded away behind a button, which says how many are set, so that the
 * list itself is in sight.
 */
export function Filters(props: { set: number; className: string; children: ReactNode }) {
  const t = useT();
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <>
      <button
        type="button"
        className="button sm:hidden"
        data-size="small"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        <SlidersHorizontal aria-hidden className="size-4" />
        {props.set > 0 ? t("filters.set", { count: props.set }) : t("filters.title")}
      </button>
      <div id={id} className={`${props.className} ${open ? "" : "max-sm:hidden"}`}>
        {props.children}
      </div>
    </>
  );
}
