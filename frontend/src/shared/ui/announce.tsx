import { useSyncExternalStore } from "react";

let current = { text: "", count: 0 };
const listeners = new Set<() => void>();

/** Says something politely to screen readers; the same text twice is said twice. */
export function announce(text: string): void {
  current = { text, count: current.count + 1 };
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** The page's one live region. */
export function Announcer() {
  const { text, count } = useSyncExternalStore(subscribe, () => current);
  return (
    <div className="sr-only" role="status" aria-live="polite">
      {/* A new element for every announcement: repeating the same words would otherwise be silent. */}
      <span key={count}>{text}</span>
    </div>
  );
}
