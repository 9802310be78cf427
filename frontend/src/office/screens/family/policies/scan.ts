import { requestHeaders } from "../../../../shared/graphql/transport";

export interface UploadedScan {
  id: string;
  fileName: string;
  size: number;
}

/** The server's limit; a larger file is refused before it is sent. */
export const largestScan = 10 * 1024 * 1024;

/** Why a scan was not taken: in the words of the server, or empty when no answer came. */
export class ScanRefused extends Error {}

export interface Upload {
  done: Promise<UploadedScan>;
  cancel(): void;
}

/**
 * Sends a scan as it is; what kind of file it is, the server finds out from its content. An old-fashioned request,
 * because only that tells how much has been sent.
 */
export function uploadScan(file: File, locale: string, onProgress: (part: number) => void): Upload {
  const request = new XMLHttpRequest();
  const done = new Promise<UploadedScan>((resolve, reject) => {
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable && event.total > 0) onProgress(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      const answer = parsed(request.responseText);
      if (request.status === 201 && answer.id)
        resolve({ id: answer.id, fileName: file.name, size: file.size, ...answer });
      else reject(new ScanRefused(answer.error?.message ?? ""));
    });
    for (const end of ["error", "abort", "timeout"] as const) {
      request.addEventListener(end, () => reject(new ScanRefused()));
    }
    request.open("POST", "/office/scans");
    const headers = { ...requestHeaders("office", locale), Accept: "application/json" };
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.setRequestHeader("Content-Disposition", `attachment; filename*=UTF-8''${encoded(file.name)}`);
    request.send(file);
  });
  // Whoever cancels does not wait for the answer.
  done.catch(() => {});
  return { done, cancel: () => request.abort() };
}

/** Fetches a scan and hands it to the browser as a file: it is never shown inside the Office Portal. */
export async function downloadScan(scan: { downloadPath: string; fileName: string }, locale: string): Promise<void> {
  const { "Content-Type": _, ...headers } = requestHeaders("office", locale);
  const answer = await fetch(scan.downloadPath, { credentials: "same-origin", headers: { ...headers, Accept: "*/*" } });
  if (!answer.ok) throw new ScanRefused();
  const address = URL.createObjectURL(await answer.blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = scan.fileName;
  link.click();
  // The browser has taken the file over by the time the next task runs.
  setTimeout(() => URL.revokeObjectURL(address), 0);
}

/** "1.2 MB": sizes as file managers show them. */
export function fileSize(bytes: number, locale: string): string {
  const large = bytes >= 1024 * 1024;
  const unit = large ? "megabyte" : "kilobyte";
  const value = large ? bytes / (1024 * 1024) : Math.max(1, bytes / 1024);
  return new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits: large ? 1 : 0 }).format(value);
}

/** A header holds ASCII only, and file names don't (RFC 8187, which escapes a little more than an address does). */
const encoded = (name: string) =>
  encodeURIComponent(name).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

function parsed(text: string): Partial<UploadedScan> & { error?: { message?: string } } {
  try {
    return (JSON.parse(text) as ReturnType<typeof parsed> | null) ?? {};
  } catch {
    return {};
  }
}
