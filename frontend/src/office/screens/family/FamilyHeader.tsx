import { ChevronLeft } from "lucide-react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import { Button } from "../../../shared/ui/Button";
import { ErrorSummary, type FieldProblem } from "../../../shared/ui/ErrorSummary";
import { TextField } from "../../../shared/ui/Field";
import { PageTitle } from "../../../shared/ui/page";
import { useT } from "../../i18n";
import { PermittedButton } from "../../parts/PermittedButton";
import { type FamilyParams, familiesUrl } from "../../urls";
import { ConflictBanner } from "./ConflictBanner";
import { useDraft, useEditSession } from "./edit-session";
import { useUpdateFamily } from "./mutations/use-update-family";
import { Neighbours } from "./Neighbours";
import { failureOf } from "./save-result";
import { useForm } from "./use-form";

interface FamilyName {
  id: string;
  name: string;
  version: number;
  archived: boolean;
}

/** Back to the list, the family's name, and its neighbours in the list. */
export function FamilyHeader(props: {
  family: FamilyName;
  params: FamilyParams;
  onChanged: () => void;
  onArchive: () => void;
}) {
  const { family } = props;
  const t = useT();
  const [editing, setEditing] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <header className="grid gap-2">
      <div className="flex min-h-9 flex-wrap items-center justify-between gap-3 pointer-coarse:min-h-11">
        <BackLink params={props.params} />
        <Neighbours params={props.params} />
      </div>
      {editing ? (
        <NameForm
          family={family}
          onChanged={props.onChanged}
          onArchive={props.onArchive}
          onClose={() => {
            setEditing(false);
            requestAnimationFrame(() => button.current?.focus());
          }}
        />
      ) : (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <PageTitle>{family.name}</PageTitle>
          {!family.archived && (
            <PermittedButton
              ref={button}
              kind="quiet"
              size="small"
              needs="FAMILIES_WRITE"
              onClick={() => setEditing(true)}
            >
              {t("family.editName")}
            </PermittedButton>
          )}
        </div>
      )}
    </header>
  );
}

export function BackLink(props: { params: FamilyParams }) {
  const t = useT();
  return (
    <Link
      href={familiesUrl(props.params)}
      className="-ml-1.5 inline-flex min-h-9 items-center gap-1 rounded-box pr-2 text-[0.9375rem] text-accent hover:underline"
    >
      <ChevronLeft aria-hidden className="size-4" />
      {t("families.title")}
    </Link>
  );
}

function NameForm(props: { family: FamilyName; onChanged: () => void; onArchive: () => void; onClose: () => void }) {
  const { family } = props;
  const t = useT();
  const { saveAll } = useEditSession();
  const form = useForm({ name: family.name }, family.version);
  const [problems, setProblems] = useState<FieldProblem[]>([]);
  const [, update] = useUpdateFamily();

  useEffect(() => document.getElementById("family-name")?.focus(), []);

  async function save(): Promise<boolean> {
    const name = form.values.name.trim();
    let failed: ReturnType<typeof failureOf> = null;
    if (!name) failed = { fields: { name: t("family.nameMissing") }, conflict: null };
    else {
      const { data, error } = await update({ input: { familyId: family.id, version: form.version, name } });
      failed = failureOf(data?.updateFamily.errors, error, t);
    }
    if (!failed) {
      props.onClose();
      return true;
    }
    form.setFailure(failed);
    setProblems(
      Object.entries(failed.fields).map(([field, message]) => ({ field: field ? "family-name" : "", message })),
    );
    return false;
  }

  useDraft("family-name", { dirty: form.dirty, save, discard: props.onClose });

  const { conflict } = form.failure;
  return (
    <form
      noValidate
      className="sheet grid gap-4 p-4 sm:p-5"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void saveAll();
      }}
    >
      <h1 className="sr-only">{family.name}</h1>
      <ErrorSummary problems={problems} />
      {conflict && (
        <ConflictBanner
          conflict={conflict}
          shown={form.version === family.version}
          onShow={() => {
            props.onChanged();
            form.rebase({ name: family.name }, family.version);
          }}
        />
      )}
      <TextField
        id="family-name"
        label={t("family.name")}
        autoComplete="off"
        maxLength={120}
        value={form.values.name}
        error={form.failure.fields.name}
        onChange={(event) => form.set("name", event.target.value)}
      />
      <div className="flex flex-wrap justify-between gap-3">
        <Button size="small" onClick={props.onClose}>
          {t("action.cancel")}
        </Button>
        <Button size="small" kind="danger" onClick={props.onArchive}>
          {t("family.archive")}
        </Button>
      </div>
    </form>
  );
}
