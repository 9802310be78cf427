/** What every expected failure of a mutation has in common. Codes may grow: keep a default branch. */
export interface UserError {
  code: string;
  message: string;
  path: readonly string[] | null;
}

/** Messages by the last part of their input path, such as `email`; failures of no field are under `""`. */
export function byField(errors: readonly UserError[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const error of errors) {
    const field = error.path?.at(-1) ?? "";
    found[field] ??= error.message;
  }
  return found;
}
