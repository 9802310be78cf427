import { type FormEvent, useState } from "react";
import { useWords } from "../../shared/i18n/words";
import { Button } from "../../shared/ui/Button";
import { ErrorSummary, type FieldProblem } from "../../shared/ui/ErrorSummary";
import { TextField } from "../../shared/ui/Field";
import { useSend } from "./confirm";
import { useAddPasskey, useStartPasskey } from "./documents";
import { makePasskey, passkeysWork } from "./webauthn";
import { words } from "./words";

/** Adds a passkey under a name. */
export function PasskeyAdd(props: { onDone: (codes: readonly string[] | null) => void }) {
  const w = useWords(words);
  const send = useSend();
  const start = useStartPasskey();
  const add = useAddPasskey();
  const [name, setName] = useState("");
  const [pending, setPending] = useState(false);
  const [problems, setProblems] = useState<FieldProblem[]>([]);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (pending) return;
    setPending(true);
    setProblems(await make());
    setPending(false);
  }

  async function make(): Promise<FieldProblem[]> {
    const begun = await send(
      () => start({}),
      (d) => d.startPasskeyRegistration,
    );
    if (!begun.done?.options) return begun.problems;
    const credential = await makePasskey(begun.done.options);
    if (!credential) return [{ field: "", message: w("passkeyFailed") }];
    const added = await send(
      () => add({ input: { name: name.trim() || w("passkeys"), credential } }),
      (d) => d.addPasskey,
    );
    if (!added.done) return added.problems;
    setName("");
    props.onDone(added.done.recoveryCodes);
    return [];
  }

  if (!passkeysWork()) return <p className="text-ink-soft">{w("passkeyUnsupported")}</p>;
  return (
    <form className="grid gap-4" noValidate onSubmit={submit}>
      <ErrorSummary problems={problems} />
      <TextField
        id="f-name"
        label={w("passkeyName")}
        hint={w("passkeyNameHint")}
        autoComplete="off"
        maxLength={60}
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={problems.find((p) => p.field === "f-name")?.message}
      />
      <div>
        <Button type="submit" waiting={pending}>
          {w("passkeyAdd")}
        </Button>
      </div>
    </form>
  );
}
