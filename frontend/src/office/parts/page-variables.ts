export const pageSize = 50;

/** Variables of a connection for a page in the URL: forwards from a cursor, backwards from one, or the start. */
export function pageVariables(page: { after?: string; before?: string }, size = pageSize) {
  if (page.before) return { first: null, after: null, last: size, before: page.before };
  return { first: size, after: page.after ?? null, last: null, before: null };
}
