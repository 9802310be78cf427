import { type FormEvent, useEffect, useState } from "react";
import { useClient } from "urql";
import { readFragment } from "../../../shared/graphql/graphql";
import { Button } from "../../../shared/ui/Button";
import { ConfirmDialog } from "../../../shared/ui/ConfirmDialog";
import { ErrorSummary, type FieldProblem } from "../../../shared/ui/ErrorSummary";
import { useT } from "../../i18n";
import { ConflictBanner } from "./ConflictBanner";
import { useDraft, useEditSession } from "./edit-session";
import { FamilyQuery, GuardianFields } from "./fields";
import { GuardianInputs } from "./GuardianInputs";
import { type GuardianData, guardianValues } from "./guardian-values";
import { useSetGuardianLoginAccess } from "./mutations/use-set-guardian-login-access";
import { useUpdateGuardian } from "./mutations/use-update-guardian";
import { failureOf, noFailure } from "./save-result";
import { useForm } from "./use-form";

/** A guardian's fields in the place of the card. There is no password among them, and nowhere else. */
export function GuardianForm(props: {
  guardian: GuardianData;
  familyId: string;
  /** Field that gets focus first. */
  focus: "name" | "email" | "phone";
  onClose: () => void;
  onArchive: () => void;
}) {
  const { guardian } = props;
  const t = useT();
  const client = useClient();
  const { saveAll } = useEditSession();
  const form = useForm(guardianValues(guardian), guardian.version);
  const [, update] = useUpdateGuardian();
  const [, setAccess] = useSetGuardianLoginAccess();
  const [problems, setProblems] = useState<FieldProblem[]>([]);
  const [asking, setAsking] = useState(false);
  const id = `edit-${guardian.id}`;
  const { values, failure } = form;

  useEffect(() => document.getElementById(`${id}-${props.focus}`)?.focus(), [id, props.focus]);

  async function save(): Promise<boolean> {
    if (!values.name.trim()) return fail({ fields: { name: t("guardian.nameMissing") }, conflict: null });
    let version = form.version;
    const text = (key: "name" | "relation" | "email" | "phone" | "locale") =>
      form.changed(key) ? { [key]: values[key].trim() } : {};
    const fields = { ...text("name"), ...text("relation"), ...text("email"), ...text("phone"), ...text("locale") };
    if (Object.keys(fields).length > 0) {
      const { data, error } = await update({ input: { guardianId: guardian.id, version, ...fields } });
      const failed = failureOf(data?.updateGuardian.errors, error, t);
      if (failed) return fail(failed);
      const saved = readFragment(GuardianFields, data?.updateGuardian.guardian);
      // Saved this far: should the next step fail, trying again continues from here.
      if (saved) {
        version = saved.version;
        form.saved({ ...guardianValues(saved), canLogIn: guardian.canLogIn }, version);
      }
    }
    if (form.changed("canLogIn")) {
      const input = { guardianId: guardian.id, version, canLogIn: values.canLogIn };
      const { data, error } = await setAccess({ input });
      const failed = failureOf(data?.setGuardianLoginAccess.errors, error, t);
      if (failed) return fail(failed);
    }
    props.onClose();
    return true;
  }

  function fail(failed: typeof failure): false {
    form.setFailure(failed);
    setProblems(
      Object.entries(failed.fields).map(([field, message]) => ({ field: field && `${id}-${field}`, message })),
    );
    return false;
  }

  async function showTheirs() {
    const { data } = await client.query(FamilyQuery, { id: props.familyId }, { requestPolicy: "network-only" });
    if (data?.node?.__typename !== "Family") return;
    const newer = data.node.guardians.find((g) => g.id === guardian.id);
    const theirs = readFragment(GuardianFields, newer);
    if (theirs) form.rebase(guardianValues(theirs), theirs.version);
  }

  useDraft(id, { dirty: form.dirty, save, discard: props.onClose });

  return (
    <form
      noValidate
      className="grid gap-5 p-4 sm:p-5"
      aria-label={t("guardian.editing", { name: guardian.name })}
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void saveAll();
      }}
    >
      <ErrorSummary problems={problems} />
      {failure.conflict && (
        <ConflictBanner conflict={failure.conflict} shown={form.theirs !== null} onShow={() => void showTheirs()} />
      )}
      <GuardianInputs
        id={id}
        values={values}
        theirs={failure.conflict ? form.theirs : null}
        errors={failure.fields}
        couldLogIn={guardian.canLogIn}
        set={form.set}
      />
      <p className="text-sm text-ink-soft">{t("guardian.contactNote")}</p>
      <div className="flex flex-wrap justify-between gap-3 border-t border-line pt-4">
        <Button size="small" onClick={props.onClose}>
          {t("action.cancel")}
        </Button>
        <Button size="small" kind="danger" onClick={() => setAsking(true)}>
          {t("guardian.archive")}
        </Button>
      </div>
      {/* Enter in a field saves, as in any form; the visible button is in the bar below. */}
      <button type="submit" className="sr-only" tabIndex={-1} aria-hidden>
        {t("action.save")}
      </button>
      <ConfirmDialog
        open={asking}
        title={t("guardian.archive")}
        description={t("guardian.archiveAsk", { name: guardian.name })}
        cancel={t("action.cancel")}
        confirm={t("action.archive")}
        confirmKind="danger"
        onCancel={() => setAsking(false)}
        onConfirm={() => {
          setAsking(false);
          form.setFailure(noFailure);
          props.onArchive();
        }}
      />
    </form>
  );
}
