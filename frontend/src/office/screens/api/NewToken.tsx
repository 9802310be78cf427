import { useState } from "react";
import { useMutation } from "urql";
import { announce } from "../../../shared/ui/announce";
import { Banner } from "../../../shared/ui/Banner";
import { Button } from "../../../shared/ui/Button";
import { ErrorSummary, type FieldProblem } from "../../../shared/ui/ErrorSummary";
import { CheckField, TextField } from "../../../shared/ui/Field";
import { useT } from "../../i18n";
import { useSend } from "../../identity/confirm";
import { FormDialog } from "../../parts/FormDialog";
import { type Permission, useSession } from "../../session/session";
import { CreateToken } from "./documents";
import { useApiWords } from "./words";

/** Makes a token and shows its secret, once: it is in no cache and gone when the panel is closed. */
export function NewToken(props: { onMade: () => void }) {
  const t = useT();
  const w = useApiWords();
  const { permissions } = useSession();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const [days, setDays] = useState("90");
  const [chosen, setChosen] = useState<readonly Permission[]>([]);
  const [problems, setProblems] = useState<FieldProblem[]>([]);
  const [secret, setSecret] = useState("");
  const send = useSend();
  const [result, create] = useMutation(CreateToken);
  const problem = (field: string) => problems.find((p) => p.field === field)?.message;

  async function submit() {
    const count = Number(days);
    const found: FieldProblem[] = [];
    if (!name.trim()) found.push({ field: "f-name", message: w("nameMissing") });
    if (chosen.length === 0) found.push({ field: "", message: w("mayMissing") });
    if (!Number.isInteger(count) || count < 1 || count > 365) found.push({ field: "f-days", message: w("daysWrong") });
    setProblems(found);
    if (found.length > 0) return;
    const { done, problems } = await send(
      () => create({ input: { name: name.trim(), permissions: [...chosen], days: count } }),
      (d) => d.createApiToken,
    );
    setProblems(problems.map((p) => (p.field === "f-permissions" ? { ...p, field: "" } : p)));
    if (!done?.secret) return;
    setOpen(false);
    setSecret(done.secret);
    props.onMade();
  }

  return (
    <>
      <Button
        kind="primary"
        onClick={() => {
          setName("");
          setDays("90");
          setChosen([]);
          setProblems([]);
          setOpen(true);
        }}
      >
        {w("add")}
      </Button>
      {secret && <Secret secret={secret} onDone={() => setSecret("")} />}
      <FormDialog
        open={open}
        title={w("add")}
        submit={w("make")}
        pending={result.fetching}
        onClose={() => setOpen(false)}
        onSubmit={() => void submit()}
      >
        <ErrorSummary problems={problems} />
        <TextField
          id="f-name"
          label={w("name")}
          hint={w("nameHint")}
          autoComplete="off"
          maxLength={80}
          value={name}
          onChange={(event) => setName(event.target.value)}
          error={problem("f-name")}
        />
        <fieldset className="grid gap-2">
          <legend className="mb-1 text-[0.9375rem] font-semibold">{w("may")}</legend>
          {permissions.map((permission) => (
            <CheckField
              key={permission}
              label={t(`permission.${permission}`)}
              checked={chosen.includes(permission)}
              onChange={(event) =>
                setChosen((old) =>
                  event.target.checked ? [...old, permission] : old.filter((other) => other !== permission),
                )
              }
            />
          ))}
        </fieldset>
        <TextField
          id="f-days"
          label={w("days")}
          hint={w("daysHint")}
          inputMode="numeric"
          autoComplete="off"
          value={days}
          onChange={(event) => setDays(event.target.value)}
          error={problem("f-days")}
        />
      </FormDialog>
    </>
  );
}

function Secret(props: { secret: string; onDone: () => void }) {
  const w = useApiWords();
  async function copy() {
    try {
      await navigator.clipboard.writeText(props.secret);
      announce(w("copied"));
    } catch {
      announce(w("notCopied"));
    }
  }
  return (
    <div className="w-full">
      <Banner tone="good" role="status">
        <p className="font-semibold">{w("made")}</p>
        <p>{w("once")}</p>
        <p className="mt-2">
          <code className="break-all select-all">{props.secret}</code>
        </p>
        <div className="mt-3 flex flex-wrap gap-2">
          <Button size="small" onClick={() => void copy()}>
            {w("copy")}
          </Button>
          <Button size="small" onClick={props.onDone}>
            {w("done")}
          </Button>
        </div>
      </Banner>
    </div>
  );
}
