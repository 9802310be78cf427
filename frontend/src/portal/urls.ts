/** Addresses of the Customer Portal. */

export const patterns = {
  link: "/r",
  home: "/portal/:business",
  signIn: "/portal/:business/sign-in",
  forgotPassword: "/portal/:business/forgot-password",
  policies: "/portal/:business/policies",
  receipt: "/portal/:business/policies/receipt",
  myAccount: "/portal/:business/account",
} as const;

const portal = (slug: string) => `/portal/${encodeURIComponent(slug)}`;

export const homeUrl = (slug: string): string => portal(slug);
export const myAccountUrl = (slug: string): string => `${portal(slug)}/account`;
export const signInUrl = (slug: string): string => `${portal(slug)}/sign-in`;
export const forgotPasswordUrl = (slug: string): string => `${portal(slug)}/forgot-password`;
export const policiesUrl = (slug: string): string => `${portal(slug)}/policies`;
export const receiptUrl = (slug: string): string => `${portal(slug)}/policies/receipt`;

/** The business in an address, also below pages that don't exist; empty when there is none. */
export function slugOf(path: string): string {
  const found = /^\/portal\/([^/]+)/.exec(path)?.[1] ?? "";
  try {
    return decodeURIComponent(found);
  } catch {
    return "";
  }
}
