import { type FormEvent, useEffect, useState } from "react";
import { useClient } from "urql";
import { type ResultOf, readFragment } from "../../../shared/graphql/graphql";
import { Button } from "../../../shared/ui/Button";
import { ErrorSummary, type FieldProblem } from "../../../shared/ui/ErrorSummary";
import { TextField } from "../../../shared/ui/Field";
import { useT } from "../../i18n";
import { ConflictBanner } from "./ConflictBanner";
import { useDraft, useEditSession } from "./edit-session";
import { FamilyQuery, StudentFields } from "./fields";
import { useAddStudent } from "./mutations/use-add-student";
import { useUpdateStudent } from "./mutations/use-update-student";
import { failureOf, type SaveFailure } from "./save-result";
import { TheirValue } from "./TheirValue";
import { useForm } from "./use-form";

export type StudentData = ResultOf<typeof StudentFields>;

const valuesOf = (student: StudentData | null) => ({ name: student?.name ?? "", birthDate: student?.birthDate ?? "" });

/** A student in the place of its line, or a new one when there is none. */
export function StudentForm(props: {
  student: StudentData | null;
  familyId: string;
  onClose: () => void;
  onAdded?: () => void;
  onArchive?: () => void;
}) {
  const { student } = props;
  const t = useT();
  const client = useClient();
  const { saveAll } = useEditSession();
  const form = useForm(valuesOf(student), student?.version ?? 0);
  const [, add] = useAddStudent();
  const [, update] = useUpdateStudent();
  const [problems, setProblems] = useState<FieldProblem[]>([]);
  const id = student ? `edit-${student.id}` : "new-student";
  const { values, failure } = form;

  useEffect(() => document.getElementById(`${id}-name`)?.focus(), [id]);

  async function send(): Promise<SaveFailure | null> {
    const name = values.name.trim();
    if (!name) return { fields: { name: t("student.nameMissing") }, conflict: null };
    const birthDate = values.birthDate || null;
    if (!student) {
      const { data, error } = await add({ input: { familyId: props.familyId, name, birthDate } });
      return failureOf(data?.addStudent.errors, error, t);
    }
    const changes = { ...(form.changed("name") && { name }), ...(form.changed("birthDate") && { birthDate }) };
    const { data, error } = await update({ input: { studentId: student.id, version: form.version, ...changes } });
    return failureOf(data?.updateStudent.errors, error, t);
  }

  async function save(): Promise<boolean> {
    const failed = await send();
    if (!failed) {
      (student ? props.onClose : (props.onAdded ?? props.onClose))();
      return true;
    }
    form.setFailure(failed);
    setProblems(
      Object.entries(failed.fields).map(([field, message]) => ({ field: field && `${id}-${field}`, message })),
    );
    return false;
  }

  async function showTheirs() {
    const { data } = await client.query(FamilyQuery, { id: props.familyId }, { requestPolicy: "network-only" });
    if (data?.node?.__typename !== "Family" || !student) return;
    const theirs = readFragment(
      StudentFields,
      data.node.students.find((s) => s.id === student.id),
    );
    if (theirs) form.rebase(valuesOf(theirs), theirs.version);
  }

  useDraft(id, { dirty: form.dirty, save, discard: props.onClose });

  const theirs = failure.conflict ? form.theirs : null;
  return (
    <form
      noValidate
      className="grid gap-4 p-4 sm:p-5"
      aria-label={student ? t("student.editing", { name: student.name }) : t("student.add")}
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void saveAll();
      }}
    >
      <ErrorSummary problems={problems} />
      {failure.conflict && (
        <ConflictBanner conflict={failure.conflict} shown={form.theirs !== null} onShow={() => void showTheirs()} />
      )}
      <div className="grid gap-4 sm:grid-cols-[1fr_12rem]">
        <div>
          <TextField
            id={`${id}-name`}
            label={t("student.name")}
            autoComplete="off"
            maxLength={120}
            value={values.name}
            error={failure.fields.name}
            onChange={(event) => form.set("name", event.target.value)}
          />
          <TheirValue mine={values.name} theirs={theirs?.name} onTake={(value) => form.set("name", value)} />
        </div>
        <div>
          <TextField
            id={`${id}-birthDate`}
            label={t("student.birthDate")}
            optional={t("form.optional")}
            type="date"
            value={values.birthDate}
            error={failure.fields.birthDate}
            onChange={(event) => form.set("birthDate", event.target.value)}
          />
          <TheirValue
            mine={values.birthDate}
            theirs={theirs?.birthDate}
            onTake={(value) => form.set("birthDate", value)}
          />
        </div>
      </div>
      <div className="flex flex-wrap justify-between gap-3">
        <Button size="small" onClick={props.onClose}>
          {t("action.cancel")}
        </Button>
        {props.onArchive && (
          <Button size="small" kind="danger" onClick={props.onArchive}>
            {t("student.archive")}
          </Button>
        )}
      </div>
      <button type="submit" className="sr-only" tabIndex={-1} aria-hidden>
        {t("action.save")}
      </button>
    </form>
  );
}
