import { setTimeout as pause } from "node:timers/promises";

/**
 * Waits until `look` answers something true and returns it. What it throws counts as "not yet" and is told when
 * time is up.
 */
export async function eventually(look, { seconds = 10, what = () => String(look) } = {}) {
  const end = Date.now() + seconds * 1000;
  let last;
  for (;;) {
    try {
      const answer = await look();
      if (answer) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) {
      throw new Error(`After ${seconds} seconds still not: ${what()}${last ? `\n${last.message}` : ""}`, {
        cause: last,
      });
    }
    await pause(40);
  }
}
