const key = "officeportal.link";

/** Looks like the secret of a link: anything else in a fragment is none. */
const shape = /^[A-Za-z0-9_-]{16,128}$/;

/**
 * The secret of a link from the address it was opened with: `/r#secret`, or `/r%23secret` as some mail
 * gateways rewrite it. Empty when there is none.
 */
export function secretIn(address: { pathname: string; hash: string }): string {
  const path = /^\/r(?:%23|#)([^/?]*)$/i.exec(address.pathname);
  const found = path?.[1] ?? (/^\/r\/?$/.test(address.pathname) ? address.hash.slice(1) : "");
  // Text around a link in a message sticks to it: "…abc123." or "…abc123)".
  const trimmed = found.replace(/[.,;:!?)\]}>'"]+$/, "");
  return shape.test(trimmed) ? trimmed : "";
}

/**
 * Takes the secret out of the address bar before anything else runs, so that neither history, nor a shared
 * screen, nor a bookmark keeps it. It stays for this tab, so that reloading the page works.
 */
export function takeSecret(): void {
  const { pathname, hash } = window.location;
  const onLinkPage = /^\/r(?:\/?$|%23|#)/i.test(pathname);
  if (!onLinkPage) return;
  const secret = secretIn({ pathname, hash });
  if (secret) sessionStorage.setItem(key, secret);
  else if (hash.length > 1) sessionStorage.removeItem(key);
  if (hash || pathname !== "/r") window.history.replaceState(null, "", "/r");
}

export const keptSecret = (): string => sessionStorage.getItem(key) ?? "";

/** Once the link is used there is nothing left to keep. */
export function dropSecret(): void {
  sessionStorage.removeItem(key);
}
