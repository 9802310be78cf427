import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LiveSeat, type Open, type Wish } from "./live-seat";

interface Stream {
  id: string;
  closed: boolean;
  value(): void;
  end(): void;
}

function setting() {
  const streams: Stream[] = [];
  const open: Open = (id, on) => {
    const stream: Stream = { id, closed: false, ...on };
    streams.push(stream);
    return () => {
      stream.closed = true;
    };
  };
  let visible = true;
  const seat = new LiveSeat(open, () => visible);
  return {
    streams,
    seat,
    show(yes: boolean) {
      visible = yes;
      document.dispatchEvent(new Event("visibilitychange"));
    },
  };
}

const wish = (id: string, minute: number): Wish & { live: boolean[] } => {
  const live: boolean[] = [];
  return {
    id,
    requestedAt: new Date(Date.UTC(2026, 2, 3, 20, minute)).toISOString(),
    live,
    tell: (now) => live.push(now),
  };
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("only the newest reset on the screen has a stream", () => {
  const { seat, streams } = setting();
  const older = wish("older", 10);
  const leaveOlder = seat.join(older);
  const newer = wish("newer", 20);
  const leaveNewer = seat.join(newer);
  seat.join(wish("oldest", 5));
  expect(streams.map((s) => `${s.id} ${s.closed}`)).toEqual(["older true", "newer false"]);
  streams[1]?.value();
  expect(newer.live).toEqual([true]);
  leaveOlder();
  expect(streams).toHaveLength(2);
  leaveNewer();
  expect(streams.map((s) => `${s.id} ${s.closed}`)).toEqual(["older true", "newer true", "oldest false"]);
});

test("it is live from the first value to the end of the stream, and again after a pause", () => {
  const { seat, streams } = setting();
  const reset = wish("one", 10);
  seat.join(reset);
  expect(reset.live).toEqual([]);
  streams[0]?.value();
  streams[0]?.value();
  streams[0]?.end();
  streams[0]?.end();
  expect(reset.live).toEqual([true, true, false]);
  vi.advanceTimersByTime(999);
  expect(streams).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(streams).toHaveLength(2);
});

test("a stream that brings nothing is opened at ever longer intervals", () => {
  const { seat, streams } = setting();
  const leave = seat.join(wish("one", 10));
  const pauses: number[] = [];
  for (let i = 0; i < 6; i++) {
    const count = streams.length;
    streams.at(-1)?.end();
    let waited = 0;
    while (streams.length === count) {
      vi.advanceTimersByTime(1_000);
      waited += 1;
    }
    pauses.push(waited);
  }
  expect(pauses).toEqual([1, 5, 15, 30, 60, 60]);
  streams.at(-1)?.end();
  leave();
  vi.advanceTimersByTime(600_000);
  expect(streams).toHaveLength(7);
});

test("a window that nobody sees has no stream", () => {
  const { seat, streams, show } = setting();
  const reset = wish("one", 10);
  seat.join(reset);
  streams[0]?.value();
  show(false);
  expect(streams[0]?.closed).toBe(true);
  expect(reset.live).toEqual([true, false]);
  streams[0]?.value();
  expect(reset.live).toEqual([true, false]);
  show(true);
  expect(streams).toHaveLength(2);
});
