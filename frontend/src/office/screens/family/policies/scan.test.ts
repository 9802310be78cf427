import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { fileSize, ScanRefused, uploadScan } from "./scan";

let server: Server | undefined;
afterEach(() => new Promise<void>((done) => (server ? server.close(() => done()) : done())));

/** A server that takes scans as the real one does; the page is its own. */
async function serve(status: number, answer: string) {
  const seen: { method?: string; url?: string; headers?: IncomingMessage["headers"]; body?: string } = {};
  server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    Object.assign(seen, { method: request.method, url: request.url, headers: request.headers });
    seen.body = Buffer.concat(parts).toString("latin1");
    response.writeHead(status, { "Content-Type": "application/json", Connection: "close" }).end(answer);
  });
  await new Promise<void>((listening) => server?.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  (window as unknown as { happyDOM: { setURL(url: string): void } }).happyDOM.setURL(
    `http://127.0.0.1:${port}/office/`,
  );
  return seen;
}

describe("a scan", () => {
  const file = new File(["%PDF-1.7 a form"], "Formulário (2).pdf", { type: "application/pdf" });

  it("is sent as it is, with its name, as staff of the Office Portal", async () => {
    const seen = await serve(201, '{"id":"scn_1","fileName":"form.pdf","mediaType":"application/pdf","size":15}');
    expect(await uploadScan(file, "es", () => {}).done).toMatchObject({ id: "scn_1", size: 15 });
    expect(seen).toMatchObject({ method: "POST", url: "/office/scans", body: "%PDF-1.7 a form" });
    expect(seen.headers).toMatchObject({
      "content-type": "application/pdf",
      "x-portal": "office",
      "accept-language": "es",
      "content-disposition": "attachment; filename*=UTF-8''Formul%C3%A1rio%20%282%29.pdf",
    });
  });

  it("is refused in the words of the server", async () => {
    await serve(415, '{"error":{"message":"This is no PDF, JPEG or PNG file.","code":"UNKNOWN_TYPE"}}');
    await expect(uploadScan(file, "en", () => {}).done).rejects.toThrow(
      new ScanRefused("This is no PDF, JPEG or PNG file."),
    );
  });

  it("is refused without words when the answer is none of ours", async () => {
    await serve(502, "<html>Bad gateway</html>");
    await expect(uploadScan(file, "en", () => {}).done).rejects.toThrow(new ScanRefused());
  });

  it("has a size that people can read", () => {
    expect([15, 2048, 1_300_000, 10 * 1024 * 1024].map((size) => fileSize(size, "en"))).toEqual([
      "1 kB",
      "2 kB",
      "1.2 MB",
      "10 MB",
    ]);
  });
});
