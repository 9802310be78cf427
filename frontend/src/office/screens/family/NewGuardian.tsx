import { type FormEvent, useEffect, useState } from "react";
import { Button } from "../../../shared/ui/Button";
import { ErrorSummary, type FieldProblem } from "../../../shared/ui/ErrorSummary";
import { useT } from "../../i18n";
import { useSession } from "../../session/session";
import { useDraft, useEditSession } from "./edit-session";
import { GuardianInputs } from "./GuardianInputs";
import type { GuardianValues } from "./guardian-values";
import { useAddGuardian } from "./mutations/use-add-guardian";
import { failureOf } from "./save-result";
import { useForm } from "./use-form";

const id = "new-guardian";

/** A card for somebody new, among the others. */
export function NewGuardian(props: { familyId: string; onClose: () => void; onAdded: () => void }) {
  const t = useT();
  const { business } = useSession();
  const { saveAll } = useEditSession();
  const empty: GuardianValues = {
    name: "",
    relation: "",
    email: "",
    phone: "",
    locale: business.locales[0] ?? "en",
    canLogIn: false,
  };
  const form = useForm(empty, 0);
  const [, add] = useAddGuardian();
  const [problems, setProblems] = useState<FieldProblem[]>([]);
  const { values } = form;

  useEffect(() => document.getElementById(`${id}-name`)?.focus(), []);

  async function save(): Promise<boolean> {
    let failed = values.name.trim() ? null : { fields: { name: t("guardian.nameMissing") }, conflict: null };
    if (!failed) {
      const { data, error } = await add({
        input: {
          familyId: props.familyId,
          name: values.name.trim(),
          relation: values.relation.trim() || null,
          email: values.email.trim() || null,
          phone: values.phone.trim() || null,
          locale: values.locale,
          canLogIn: values.canLogIn,
        },
      });
      failed = failureOf(data?.addGuardian.errors, error, t) as typeof failed;
    }
    if (!failed) {
      props.onAdded();
      return true;
    }
    form.setFailure(failed);
    setProblems(
      Object.entries(failed.fields).map(([field, message]) => ({ field: field && `${id}-${field}`, message })),
    );
    return false;
  }

  useDraft(id, { dirty: form.dirty, save, discard: props.onClose });

  return (
    <form
      noValidate
      className="sheet grid gap-5 p-4 sm:p-5"
      aria-label={t("guardian.add")}
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void saveAll();
      }}
    >
      <h3 className="heading">{t("guardian.add")}</h3>
      <ErrorSummary problems={problems} />
      <GuardianInputs
        id={id}
        values={values}
        theirs={null}
        errors={form.failure.fields}
        couldLogIn={false}
        set={form.set}
      />
      <div className="border-t border-line pt-4">
        <Button size="small" onClick={props.onClose}>
          {t("action.cancel")}
        </Button>
      </div>
      <button type="submit" className="sr-only" tabIndex={-1} aria-hidden>
        {t("action.save")}
      </button>
    </form>
  );
}
