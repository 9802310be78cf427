import { createContext, type ReactNode, use, useMemo, useState } from "react";

interface Handoff {
  /** The email typed last, carried from page to page; never put into an address. */
  email: string;
  setEmail(email: string): void;
  /** A password was just changed: the sign-in page says so. */
  changed: boolean;
  setChanged(changed: boolean): void;
}

const HandoffContext = createContext<Handoff | null>(null);

/** What one page leaves for the next. It is gone after a reload. */
export function HandoffProvider(props: { children: ReactNode }) {
  const [email, setEmail] = useState("");
  const [changed, setChanged] = useState(false);
  const value = useMemo(() => ({ email, setEmail, changed, setChanged }), [email, changed]);
  return <HandoffContext value={value}>{props.children}</HandoffContext>;
}

export function useHandoff(): Handoff {
  const handoff = use(HandoffContext);
  if (!handoff) throw new Error("HandoffProvider is missing");
  return handoff;
}
