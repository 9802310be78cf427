import type { FieldProblem } from "../../../shared/ui/ErrorSummary";
import type { PoliciesTranslate } from "./words";

export type Scope = "FAMILY" | "STUDENT";

/** The policy that gets a new version, as it was when the editor was opened or last brought up to date. */
export interface EditedPolicy {
  id: string;
  title: string;
  scope: Scope;
  required: boolean;
  /** Counts edits. */
  version: number;
  /** Number of the newest version. */
  number: number;
  bodyMarkdown: string;
  bodyHtml: string;
}

export interface EditorValues {
  title: string;
  scope: Scope;
  required: boolean;
  body: string;
  /** Calendar date in the time zone of the business. */
  from: string;
  material: boolean;
  note: string;
}

/** Ids of the controls by the name of what they are in the API's input. */
export const ids: Record<string, string> = {
  title: "policy-title",
  bodyMarkdown: "policy-body",
  effectiveFrom: "policy-from",
  changeNote: "policy-note",
};

export function startingValues(policy: EditedPolicy | null, today: string): EditorValues {
  return {
    title: policy?.title ?? "",
    scope: policy?.scope ?? "FAMILY",
    required: policy?.required ?? true,
    body: policy?.bodyMarkdown ?? "",
    from: today,
    material: true,
    note: "",
  };
}

/** What can be told before asking the server. */
export function problemsIn(values: EditorValues, today: string, t: PoliciesTranslate): FieldProblem[] {
  const found: [string, string][] = [];
  if (!values.title.trim()) found.push(["title", t("titleMissing")]);
  if (!values.body.trim()) found.push(["bodyMarkdown", t("bodyMissing")]);
  if (!values.from) found.push(["effectiveFrom", t("fromMissing")]);
  else if (values.from < today) found.push(["effectiveFrom", t("fromPast")]);
  return found.map(([field, message]) => ({ field: ids[field] ?? "", message }));
}

/** The input of the mutation. What a policy keeps for ever, and what only a change has, is left out otherwise. */
export function inputOf(values: EditorValues, policy: EditedPolicy | null) {
  const shared = {
    title: values.title.trim(),
    required: values.required,
    bodyMarkdown: values.body,
    effectiveFrom: values.from,
  };
  if (!policy) return { ...shared, scope: values.scope };
  return {
    ...shared,
    policyId: policy.id,
    version: policy.version,
    material: values.material,
    changeNote: values.note.trim() || null,
  };
}
