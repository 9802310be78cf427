import { Tooltip } from "@base-ui/react/tooltip";
import type { ReactElement } from "react";
import { mainLandmark } from "./landmark";

/** A tooltip on hover and keyboard focus. It repeats what the element's accessible name says, nothing more. */
export function Tip(props: { text: string; children: ReactElement<Record<string, unknown>> }) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger render={props.children} />
      <Tooltip.Portal container={mainLandmark()}>
        <Tooltip.Positioner className="tooltip-positioner" sideOffset={6}>
          <Tooltip.Popup className="tooltip">{props.text}</Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
