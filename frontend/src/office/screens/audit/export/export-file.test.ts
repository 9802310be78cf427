import { afterEach, describe, expect, it, vi } from "vitest";
import { chooseFile, countEntries, exportUrl, save } from "./export-file";

/** A file that remembers what was written to it, as a browser gives it: it changes when it is closed. */
function file(content = "") {
  let written = "";
  const state = { content, removed: false, full: false };
  const handle = {
    name: "audit.csv",
    createWritable: async () => ({
      write: async (bytes: Uint8Array) => {
        if (state.full) throw new DOMException("full", "QuotaExceededError");
        written += new TextDecoder().decode(bytes);
      },
      close: async () => {
        state.content = written;
      },
      abort: async () => {},
    }),
    getFile: async () => ({ size: state.content.length }),
    remove: async () => {
      state.removed = true;
    },
  };
  return { state, handle: handle as unknown as FileSystemFileHandle };
}

/** A server that answers in pieces, and breaks off after them if told so. */
function answers(pieces: string[], options: { breaksOff?: boolean; status?: number; headers?: HeadersInit } = {}) {
  const body = new ReadableStream<Uint8Array>({
    start(stream) {
      for (const piece of pieces) stream.enqueue(new TextEncoder().encode(piece));
      if (!options.breaksOff) stream.close();
    },
    pull(stream) {
      stream.error(new TypeError("network error"));
    },
  });
  const headers = { "X-Total-Count": "3", ...options.headers };
  vi.stubGlobal("fetch", async () => new Response(body, { status: options.status ?? 200, headers }));
}

const never = () => new AbortController().signal;
afterEach(() => vi.unstubAllGlobals());

describe("a file that is saved", () => {
  it("is whole, and tells how many entries have come, never more than there are", async () => {
    answers(["head\none\ntw", "o\n", "three\nCHECKPOINT\nEND OF EXPORT\n"]);
    const { state, handle } = file();
    const seen: number[] = [];
    const saved = await save("/x", handle, { locale: "en", signal: never(), onProgress: (done) => seen.push(done) });
    expect(saved).toBe(3);
    expect(state.content).toBe("head\none\ntwo\nthree\nCHECKPOINT\nEND OF EXPORT\n");
    expect(seen).toEqual([0, 1, 2, 3]);
  });

  it("leaves nothing behind when the connection breaks off", async () => {
    answers(["head\none\ntwo\n"], { breaksOff: true });
    const { state, handle } = file();
    const saving = save("/x", handle, { locale: "en", signal: never(), onProgress: () => {} });
    await expect(saving).rejects.toMatchObject({ why: "CUT_OFF", entries: 2 });
    expect(state).toMatchObject({ content: "", removed: true });
  });

  it("keeps the older file that it was to replace", async () => {
    answers(["head\none\n"], { breaksOff: true });
    const { state, handle } = file("older");
    await expect(save("/x", handle, { locale: "en", signal: never(), onProgress: () => {} })).rejects.toThrow();
    expect(state).toMatchObject({ content: "older", removed: false });
  });

  it("ends when somebody cancels", async () => {
    answers(["head\n", "one\n", "two\n"]);
    const { state, handle } = file();
    const stop = new AbortController();
    const saving = save("/x", handle, {
      locale: "en",
      signal: stop.signal,
      onProgress: (n) => n === 1 && stop.abort(),
    });
    await expect(saving).rejects.toMatchObject({ entries: 1 });
    expect(state).toMatchObject({ content: "", removed: true });
  });

  it("says that the disk is full", async () => {
    answers(["head\n"]);
    const { state, handle } = file();
    state.full = true;
    const saving = save("/x", handle, { locale: "en", signal: never(), onProgress: () => {} });
    await expect(saving).rejects.toMatchObject({ why: "FILE" });
  });
});

describe("a refusal", () => {
  it.each([
    [403, { "X-Error-Code": "REAUTHENTICATION_REQUIRED" }, "REAUTHENTICATION_REQUIRED"],
    [401, {}, "UNAUTHENTICATED"],
    [503, {}, "SERVER"],
  ])("%i is told by its code", async (status, headers, why) => {
    answers([], { status, headers });
    await expect(countEntries("/x", "en")).rejects.toMatchObject({ why });
  });

  it("to say where to save is nobody's mistake", async () => {
    vi.stubGlobal("showSaveFilePicker", async () => {
      throw new DOMException("", "AbortError");
    });
    expect(await chooseFile("audit.csv", "csv")).toBeNull();
  });
});

it("the address has the filter as the server reads it", () => {
  const url = exportUrl({ actions: ["SIGN_IN", "SIGN_OUT"], guardianId: "gdn_1" }, "jsonl", "es");
  expect(url).toBe("/office/audit/export?format=jsonl&locale=es&actions=SIGN_IN%2CSIGN_OUT&guardianId=gdn_1");
});
