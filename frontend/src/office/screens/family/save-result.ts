import type { CombinedError } from "@urql/core";
import { type FragmentOf, readFragment } from "../../../shared/graphql/graphql";
import { problemOf } from "../../api/problem";
import type { OfficeTranslate } from "../../i18n";
import { SaveErrorFields } from "./fields";

/** Somebody else was faster; nothing of theirs was overwritten. */
export interface Conflict {
  by: string | null;
  at: string | null;
}

/** What a form shows after it could not be saved. */
export interface SaveFailure {
  fields: Record<string, string>;
  conflict: Conflict | null;
}

export const noFailure: SaveFailure = { fields: {}, conflict: null };

/** The failure of a mutation, or null when it was saved. */
export function failureOf(
  errors: readonly FragmentOf<typeof SaveErrorFields>[] | undefined,
  error: CombinedError | undefined,
  t: OfficeTranslate,
): SaveFailure | null {
  if (error) return { fields: { "": t(`problem.${problemOf(error).kind}`) }, conflict: null };
  if (!errors || errors.length === 0) return null;
  const failure: SaveFailure = { fields: {}, conflict: null };
  for (const one of readFragment(SaveErrorFields, errors)) {
    if (one.__typename === "StaleVersionError")
      failure.conflict = { by: one.changedBy?.name ?? null, at: one.changedAt ?? null };
    else failure.fields[one.path?.at(-1) ?? ""] ??= one.message;
  }
  return failure;
}
