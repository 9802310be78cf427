/** The hashes of the documents, by the names of their operations; the build tells them, module by module. */
const ids = new Map<string, string>();

/** Called by modules as they are loaded; the build adds the call. */
export function tell(hashes: Record<string, string>): void {
  for (const [name, hash] of Object.entries(hashes)) ids.set(name, hash);
}

/**
 * What is sent instead of a document: its id, by which the server knows it. While developing there is none, and the
 * text itself is sent.
 */
export function documentOf(name: string | undefined, text: () => string): { documentId: string } | { query: string } {
  const hash = ids.get(name ?? "");
  return hash ? { documentId: `sha256:${hash}` } : { query: text() };
}
