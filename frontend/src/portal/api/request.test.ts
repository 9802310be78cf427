import { afterEach, describe, expect, it, vi } from "vitest";
import { PortalQuery } from "./portal";
import { kindOfError, request } from "./request";

function answering(status: number, body: object) {
  vi.stubGlobal(
    "fetch",
    vi.fn(async () => new Response(JSON.stringify(body), { status })),
  );
  return request(PortalQuery, { slug: "sunrise" }, "en").then(() => "answered", kindOfError);
}

describe("a request that got no usable answer", () => {
  afterEach(() => vi.unstubAllGlobals());

  it.each([
    [{ code: "UNAUTHENTICATED" }, 401, "session"],
    [{ code: "FORBIDDEN" }, 403, "forbidden"],
    [{ code: "RATE_LIMITED" }, 200, "limited"],
    [{}, 429, "limited"],
    [{ code: "INTERNAL" }, 500, "server"],
    [{ code: "INTERNAL", outcome: "UNKNOWN" }, 500, "unknown"],
  ])("%o with status %i is %s", async (extensions, status, kind) => {
    expect(await answering(status, { errors: [{ message: "a sentence", extensions }] })).toBe(kind);
  });
});
