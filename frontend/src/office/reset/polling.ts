import type { Reset } from "./model";

const firstDelays = [2_000, 4_000, 8_000];
const laterDelay = 15_000;
const longest = 5 * 60_000;

/** Milliseconds until the next look at a message on its way; null when it has been watched for long enough. */
export function nextDelay(looks: number, watchedFor: number): number | null {
  const delay = firstDelays[looks] ?? laterDelay;
  return watchedFor + delay > longest ? null : delay;
}

/** Whether nothing about a reset can change any more: its message arrived or failed, and its link is done with. */
export function isFinal(reset: Pick<Reset, "delivery" | "state">): boolean {
  const settled = reset.delivery === "DELIVERED" || reset.delivery === "NOT_DELIVERED" || reset.delivery === "FAILED";
  return settled && reset.state !== "ACTIVE";
}
