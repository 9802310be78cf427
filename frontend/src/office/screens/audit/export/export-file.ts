import { requestHeaders } from "../../../../shared/graphql/transport";
import type { AuditFilter } from "../filter";

export const formats = ["csv", "jsonl"] as const;
export type Format = (typeof formats)[number];

/** Why there is no file: the server's code, or what hindered the request, and how many entries had come by then. */
export class ExportFailed extends Error {
  constructor(
    readonly why: string,
    readonly entries = 0,
  ) {
    super(why);
  }
}

/** The address of the file with the entries of a filter. */
export function exportUrl(filter: AuditFilter, format: Format, locale: string): string {
  const query = new URLSearchParams({ format, locale });
  for (const [name, value] of Object.entries(filter)) {
    if (value) query.set(name, Array.isArray(value) ? value.join(",") : String(value));
  }
  return `/office/audit/export?${query}`;
}

async function ask(method: "GET" | "HEAD", url: string, locale: string, signal?: AbortSignal): Promise<Response> {
  const { "Content-Type": _, ...headers } = requestHeaders("office", locale);
  let answer: Response;
  try {
    answer = await fetch(url, { method, headers: { ...headers, Accept: "*/*" }, ...(signal && { signal }) });
  } catch {
    throw new ExportFailed(navigator.onLine ? "UNREACHABLE" : "OFFLINE");
  }
  if (answer.ok) return answer;
  await answer.body?.cancel();
  const code = answer.headers.get("X-Error-Code");
  throw new ExportFailed(code ?? (answer.status === 401 ? "UNAUTHENTICATED" : "SERVER"));
}

const total = (answer: Response) => Number(answer.headers.get("X-Total-Count") ?? 0);

/** How many entries the file would have; fails as fetching it would. It is no export, and nothing is logged. */
export async function countEntries(url: string, locale: string): Promise<number> {
  return total(await ask("HEAD", url, locale));
}

interface SaveFilePicker {
  showSaveFilePicker?: (options: {
    suggestedName: string;
    types: { description: string; accept: Record<string, string[]> }[];
  }) => Promise<FileSystemFileHandle>;
}

/**
 * Whether a page may write a file piece by piece: then the screen tells how far it is, and memory holds one piece.
 * Elsewhere (Firefox, Safari) only the browser's own download does without holding the whole file: a page there
 * could only collect it in memory first, which ends at some size.
 */
export const writesFiles = () => typeof (window as SaveFilePicker).showSaveFilePicker === "function";

/** Asks where to save; null when the person thought better of it. Call it in answer to a click. */
export async function chooseFile(name: string, format: Format): Promise<FileSystemFileHandle | null> {
  const csv = format === "csv";
  try {
    const picked = (window as SaveFilePicker).showSaveFilePicker?.({
      suggestedName: name,
      types: [
        {
          description: csv ? "CSV" : "JSON Lines",
          accept: { [csv ? "text/csv" : "application/jsonl"]: [`.${format}`] },
        },
      ],
    });
    return (await picked) ?? null;
  } catch (error) {
    if ((error as Error).name === "AbortError") return null;
    throw new ExportFailed("FILE");
  }
}

/**
 * Writes the file as it comes, and answers how many entries it has. What was there before is replaced when the file
 * is complete; when it is not, nothing is left behind.
 */
export async function save(
  url: string,
  file: FileSystemFileHandle,
  options: { locale: string; signal: AbortSignal; onProgress: (done: number, of: number) => void },
): Promise<number> {
  const answer = await ask("GET", url, options.locale, options.signal);
  const of = total(answer);
  options.onProgress(0, of);
  let done = 0;
  let out: FileSystemWritableFileStream | null = null;
  try {
    if (!answer.body) throw new ExportFailed("SERVER");
    out = await file.createWritable().catch(() => {
      throw new ExportFailed("FILE");
    });
    const reader = answer.body.getReader();
    let lines = -1; // the first line is the head
    for (;;) {
      const { value, done: ended } = await reader.read();
      if (ended) break;
      await out.write(value).catch(() => {
        throw new ExportFailed("FILE", done);
      });
      options.signal.throwIfAborted();
      lines += newlines(value);
      done = Math.min(Math.max(lines, 0), of); // the last lines are no entries
      options.onProgress(done, of);
    }
    await out.close();
    return of;
  } catch (error) {
    await answer.body?.cancel().catch(() => {});
    await out?.abort().catch(() => {});
    await discardEmpty(file);
    throw error instanceof ExportFailed ? error : new ExportFailed("CUT_OFF", done);
  }
}

/** Asking where to save makes an empty file, which is of no use to anybody. */
async function discardEmpty(file: FileSystemFileHandle & { remove?: () => Promise<void> }): Promise<void> {
  try {
    if ((await file.getFile()).size === 0) await file.remove?.();
  } catch {
    // It may be gone already, or the browser doesn't let us: an empty file does no harm.
  }
}

/** Every entry is a line of its own in both formats: the log holds no line breaks. */
function newlines(bytes: Uint8Array): number {
  let n = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) n++;
  return n;
}

/** Leaves the file to the browser, as if a link to it was clicked. */
export function download(url: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = "";
  link.click();
}
