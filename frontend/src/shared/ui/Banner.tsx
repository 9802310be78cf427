import { CircleAlert, CircleCheck, Info, TriangleAlert } from "lucide-react";
import type { ReactNode, Ref } from "react";

export type Tone = "info" | "good" | "warn" | "bad";

const icons = { info: Info, good: CircleCheck, warn: TriangleAlert, bad: CircleAlert };

/** Says something next to what it is about. With `tabIndex` -1 it can be given focus by a script. */
export function Banner(props: {
  tone: Tone;
  children: ReactNode;
  role?: "alert" | "status" | "group";
  tabIndex?: number;
  ref?: Ref<HTMLDivElement>;
}) {
  const Icon = icons[props.tone];
  return (
    <div className="banner" data-tone={props.tone} role={props.role} tabIndex={props.tabIndex} ref={props.ref}>
      <Icon aria-hidden className={`tone-${props.tone} mt-0.5 size-5 flex-none`} />
      <div className="min-w-0 flex-1">{props.children}</div>
    </div>
  );
}
