import type { FieldProblem } from "../../../shared/ui/ErrorSummary";
import { CheckField, TextArea, TextField } from "../../../shared/ui/Field";
import { useT } from "../../i18n";
import { Choice } from "../../parts/Choice";
import { type EditorValues, ids } from "./editor-values";
import { usePoliciesWords } from "./words";

export function EditorFields(props: {
  values: EditorValues;
  set: <K extends keyof EditorValues>(key: K, value: EditorValues[K]) => void;
  /** A new policy: who accepts is chosen, and there is nothing before it that could have changed. */
  isNew: boolean;
  earliest: string;
  problems: readonly FieldProblem[];
}) {
  const { values, set, isNew } = props;
  const words = usePoliciesWords();
  const t = useT();
  const problem = (field: string) => props.problems.find((one) => one.field === ids[field])?.message;
  return (
    <>
      <TextField
        id={ids.title}
        label={words("fieldTitle")}
        hint={words("titleHint")}
        autoComplete="off"
        maxLength={120}
        value={values.title}
        error={problem("title")}
        onChange={(event) => set("title", event.target.value)}
      />
      <TextArea
        id={ids.bodyMarkdown}
        label={words("body")}
        hint={words("bodyHint")}
        rows={16}
        maxLength={50_000}
        value={values.body}
        error={problem("bodyMarkdown")}
        onChange={(event) => set("body", event.target.value)}
      />
      {!isNew && (
        <>
          <Choice
            legend={words("kind")}
            value={values.material ? "material" : "cosmetic"}
            options={[
              { value: "material", label: words("kindMaterial"), hint: words("kindMaterialHint") },
              { value: "cosmetic", label: words("kindCosmetic"), hint: words("kindCosmeticHint") },
            ]}
            onChange={(value) => set("material", value === "material")}
          />
          <TextField
            id={ids.changeNote}
            label={words("note")}
            hint={words("noteHint")}
            optional={t("form.optional")}
            autoComplete="off"
            maxLength={300}
            value={values.note}
            error={problem("changeNote")}
            onChange={(event) => set("note", event.target.value)}
          />
        </>
      )}
      <TextField
        id={ids.effectiveFrom}
        label={words("from")}
        hint={words(isNew ? "fromHintFirst" : "fromHint")}
        type="date"
        min={props.earliest}
        value={values.from}
        error={problem("effectiveFrom")}
        onChange={(event) => set("from", event.target.value)}
      />
      {isNew && (
        <Choice
          legend={words("scope")}
          hint={words("scopeHint")}
          value={values.scope}
          options={[
            { value: "FAMILY", label: words("scopeFAMILY") },
            { value: "STUDENT", label: words("scopeSTUDENT") },
          ]}
          onChange={(value) => set("scope", value)}
        />
      )}
      <CheckField
        label={words("isRequired")}
        hint={words("requiredHint")}
        checked={values.required}
        onChange={(event) => set("required", event.target.checked)}
      />
    </>
  );
}
