import { useEffect, useState } from "react";

/** The time, read again every so many milliseconds while the page is visible; `null` stops the clock. */
export function useNow(every: number | null = 30_000): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    if (every === null) return;
    const tick = () => {
      if (document.visibilityState === "visible") setNow(new Date());
    };
    tick();
    const timer = setInterval(tick, every);
    document.addEventListener("visibilitychange", tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", tick);
    };
  }, [every]);
  return now;
}
