/** Addresses of the screens, relative to /office. Search, filters, order and page live in them. */

export const familyOrders = ["NAME_ASC", "NAME_DESC", "UPDATED_DESC"] as const;
export type FamilyOrder = (typeof familyOrders)[number];

export interface FamiliesParams {
  search?: string;
  canLogIn?: boolean;
  /** Whether something required is not accepted. */
  policiesMissing?: boolean;
  archived?: boolean;
  order?: FamilyOrder;
  after?: string;
  before?: string;
}

export interface FamilyParams extends FamiliesParams {
  /** Where the family stands in the list it was opened from; leads to its neighbours. */
  at?: string;
}

export interface AuditParams {
  action?: string;
  actor?: string;
  family?: string;
  guardian?: string;
  channel?: string;
  outcome?: string;
  /** Calendar dates in the business's time zone, both inclusive. */
  from?: string;
  to?: string;
  after?: string;
  before?: string;
}

export const paths = {
  signIn: "/sign-in",
  families: "/families",
  family: "/families/:id",
  audit: "/audit",
  smsCredits: "/sms-credits",
  settings: "/settings",
  staff: "/settings/staff",
  business: "/settings/business",
  security: "/security",
  forgotPassword: "/forgot-password",
  api: "/api",
  policies: "/policies",
  newPolicy: "/policies/new",
  policy: "/policies/:id",
  newPolicyVersion: "/policies/:id/new-version",
} as const;

export function familiesUrl(params: FamiliesParams = {}): string {
  return withQuery(paths.families, familiesQuery(params));
}

export function familyUrl(id: string, params: FamilyParams = {}): string {
  const query = familiesQuery(params);
  if (params.at) query.set("at", params.at);
  return withQuery(`${paths.families}/${encodeURIComponent(id)}`, query);
}

export function auditUrl(params: AuditParams = {}): string {
  const query = new URLSearchParams();
  for (const key of auditKeys) {
    const value = params[key];
    if (value) query.set(key, value);
  }
  return withQuery(paths.audit, query);
}

export function smsCreditsUrl(page: { after?: string; before?: string } = {}): string {
  const query = new URLSearchParams();
  if (page.after) query.set("after", page.after);
  else if (page.before) query.set("before", page.before);
  return withQuery(paths.smsCredits, query);
}

/** The list of policies; retired ones are left out unless asked for. */
export function policiesUrl(params: { retired?: boolean } = {}): string {
  return withQuery(paths.policies, new URLSearchParams(params.retired ? { retired: "yes" } : {}));
}

/** A policy, and the page of its list of who is missing. */
export function policyUrl(id: string, page: { after?: string; before?: string } = {}): string {
  const query = new URLSearchParams();
  if (page.after) query.set("after", page.after);
  else if (page.before) query.set("before", page.before);
  return withQuery(`${paths.policies}/${encodeURIComponent(id)}`, query);
}

export const newPolicyVersionUrl = (id: string): string => `${policyUrl(id)}/new-version`;

export function apiUrl(page: { after?: string; before?: string } = {}): string {
  const query = new URLSearchParams();
  if (page.after) query.set("after", page.after);
  else if (page.before) query.set("before", page.before);
  return withQuery(paths.api, query);
}

export function staffUrl(page: { after?: string; before?: string } = {}): string {
  const query = new URLSearchParams();
  if (page.after) query.set("after", page.after);
  else if (page.before) query.set("before", page.before);
  return withQuery(paths.staff, query);
}

/** Forgot Password of staff, with the address that was typed already. */
export function forgotPasswordUrl(email: string): string {
  const query = new URLSearchParams();
  if (email) query.set("email", email);
  return withQuery(paths.forgotPassword, query);
}

/** The sign-in page, and the screen to come back to: a path below /office. */
export function signInUrl(next?: string): string {
  const query = new URLSearchParams();
  if (next && next !== "/" && !next.startsWith(paths.signIn)) query.set("next", next);
  return withQuery(paths.signIn, query);
}

/** Reads what `signInUrl` wrote. Only paths of our own: anything else could lead to another site. */
export function readNext(search: string): string {
  const next = new URLSearchParams(search).get("next") ?? "";
  return /^\/(?![/\\])/.test(next) ? next : paths.families;
}

/** What the server takes; nobody types more. */
export const longestSearch = 100;

export function readFamilyParams(search: string): FamilyParams {
  const query = new URLSearchParams(search);
  const params: FamilyParams = {};
  const text = query.get("search");
  if (text) params.search = text.slice(0, longestSearch);
  const login = query.get("login");
  if (login === "yes" || login === "no") params.canLogIn = login === "yes";
  const missing = query.get("missing");
  if (missing === "yes" || missing === "no") params.policiesMissing = missing === "yes";
  if (query.get("archived") === "yes") params.archived = true;
  const order = familyOrders.find((o) => o === query.get("order"));
  if (order && order !== "NAME_ASC") params.order = order;
  Object.assign(params, readPage(query));
  const at = query.get("at");
  if (at) params.at = at;
  return params;
}

export function readAuditParams(search: string): AuditParams {
  const query = new URLSearchParams(search);
  const params: AuditParams = {};
  for (const key of auditKeys) {
    const value = query.get(key);
    if (value && !(isDateKey(key) && !isCalendarDate(value))) params[key] = value;
  }
  return params;
}

export function readPage(query: URLSearchParams): { after?: string; before?: string } {
  const after = query.get("after");
  const before = query.get("before");
  if (after) return { after };
  return before ? { before } : {};
}

const auditKeys = [
  "action",
  "actor",
  "family",
  "guardian",
  "channel",
  "outcome",
  "from",
  "to",
  "after",
  "before",
] as const satisfies readonly (keyof AuditParams)[];

const isDateKey = (key: string) => key === "from" || key === "to";

function isCalendarDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
}

function familiesQuery(params: FamiliesParams): URLSearchParams {
  const query = new URLSearchParams();
  if (params.search) query.set("search", params.search);
  if (params.canLogIn !== undefined) query.set("login", params.canLogIn ? "yes" : "no");
  if (params.policiesMissing !== undefined) query.set("missing", params.policiesMissing ? "yes" : "no");
  if (params.archived) query.set("archived", "yes");
  if (params.order && params.order !== "NAME_ASC") query.set("order", params.order);
  if (params.after) query.set("after", params.after);
  else if (params.before) query.set("before", params.before);
  return query;
}

function withQuery(path: string, query: URLSearchParams): string {
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}
