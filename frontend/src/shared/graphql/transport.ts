/** Which session cookie a request is about; being a custom header it also keeps other sites from sending it. */
export type Portal = "office" | "customer";

/** The address of the API; the same origin serves it. */
export const endpoint = "/graphql";

/** Headers of every request. The language makes the server's sentences match the screen's. */
export function requestHeaders(portal: Portal, locale: string): Record<string, string> {
  return {
    "Content-Type": "application/json",
    Accept: "application/graphql-response+json, application/json",
    "Accept-Language": locale,
    "X-Portal": portal,
  };
}
