import { Plus } from "lucide-react";
import { useState } from "react";
import { useLocation } from "wouter";
import { byField } from "../../../shared/graphql/user-error";
import { ErrorSummary, type FieldProblem } from "../../../shared/ui/ErrorSummary";
import { TextField } from "../../../shared/ui/Field";
import { problemOf } from "../../api/problem";
import { useT } from "../../i18n";
import { FormDialog } from "../../parts/FormDialog";
import { PermittedButton } from "../../parts/PermittedButton";
import { familyUrl } from "../../urls";
import { useCreateFamily } from "./use-create-family";

/** The button above the list and its form; a new family opens at once, guardians are added there. */
export function AddFamily() {
  const t = useT();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const [problems, setProblems] = useState<FieldProblem[]>([]);
  const [result, create] = useCreateFamily();
  const [, navigate] = useLocation();

  async function submit() {
    if (!name.trim()) {
      setProblems([{ field: "new-family-name", message: t("family.nameMissing") }]);
      return;
    }
    const { data, error } = await create({ input: { name: name.trim() } });
    if (data?.createFamily.family) {
      navigate(familyUrl(data.createFamily.family.id));
      return;
    }
    if (error) setProblems([{ field: "", message: t(`problem.${problemOf(error).kind}`) }]);
    else {
      const found = byField(data?.createFamily.errors ?? []);
      setProblems(
        Object.entries(found).map(([field, message]) => ({
          field: field === "name" ? "new-family-name" : "",
          message,
        })),
      );
    }
  }

  return (
    <>
      <PermittedButton
        kind="primary"
        needs="FAMILIES_WRITE"
        onClick={() => {
          setName("");
          setProblems([]);
          setOpen(true);
        }}
      >
        <Plus aria-hidden className="size-4" />
        {t("families.add")}
      </PermittedButton>
      <FormDialog
        open={open}
        title={t("families.add")}
        submit={t("families.add")}
        pending={result.fetching}
        onClose={() => setOpen(false)}
        onSubmit={() => void submit()}
      >
        <ErrorSummary problems={problems} />
        <TextField
          id="new-family-name"
          label={t("family.name")}
          hint={t("family.nameHint")}
          autoComplete="off"
          maxLength={120}
          value={name}
          onChange={(event) => setName(event.target.value)}
          error={problems.find((p) => p.field)?.message}
        />
      </FormDialog>
    </>
  );
}
