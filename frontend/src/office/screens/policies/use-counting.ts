import { useEffect, useRef } from "react";

const every = 2_000;

/** While families are still being looked through, the numbers are read again every two seconds. */
export function useCounting(counting: boolean, execute: (options: { requestPolicy: "network-only" }) => void): void {
  const latest = useRef(execute);
  latest.current = execute;
  useEffect(() => {
    if (!counting) return;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") latest.current({ requestPolicy: "network-only" });
    }, every);
    return () => clearInterval(timer);
  }, [counting]);
}
