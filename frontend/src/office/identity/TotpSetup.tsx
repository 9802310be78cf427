import { type FormEvent, useState } from "react";
import { useWords } from "../../shared/i18n/words";
import { Button } from "../../shared/ui/Button";
import { ErrorSummary, type FieldProblem } from "../../shared/ui/ErrorSummary";
import { TextField } from "../../shared/ui/Field";
import { useSend } from "./confirm";
import { useConfirmTotp, useStartTotp } from "./documents";
import { words } from "./words";

/** Sets an authenticator app up: the picture, then the first code. */
export function TotpSetup(props: { onDone: (codes: readonly string[] | null) => void }) {
  const w = useWords(words);
  const send = useSend();
  const start = useStartTotp();
  const confirm = useConfirmTotp();
  const [setup, setSetup] = useState<{ key: string; qrCode: string } | null>(null);
  const [code, setCode] = useState("");
  const [pending, setPending] = useState(false);
  const [problems, setProblems] = useState<FieldProblem[]>([]);

  async function begin() {
    setPending(true);
    const { done, problems } = await send(
      () => start({}),
      (d) => d.startTotp,
    );
    setPending(false);
    setProblems(problems);
    if (done?.setup) setSetup(done.setup);
  }

  async function finish(event: FormEvent) {
    event.preventDefault();
    if (pending) return;
    setPending(true);
    const { done, problems } = await send(
      () => confirm({ input: { code } }),
      (d) => d.confirmTotp,
    );
    setPending(false);
    setProblems(problems);
    if (done) {
      setSetup(null);
      props.onDone(done.recoveryCodes);
    }
  }

  if (!setup) {
    return (
      <div className="grid gap-3 justify-items-start">
        <ErrorSummary problems={problems} />
        <Button waiting={pending} onClick={() => void begin()}>
          {w("appAdd")}
        </Button>
      </div>
    );
  }
  return (
    <form className="grid gap-4" noValidate onSubmit={finish}>
      <ErrorSummary problems={problems} />
      <p>{w("appScan")}</p>
      <img
        src={setup.qrCode}
        alt={w("appPicture")}
        width={232}
        height={232}
        className="rounded-box border border-line bg-white"
      />
      <p className="text-sm">
        {w("appKey")}:{" "}
        <code className="font-mono break-all select-all" data-testid="totp-key">
          {setup.key}
        </code>
      </p>
      <TextField
        id="f-code"
        label={w("appCode")}
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={16}
        value={code}
        onChange={(event) => setCode(event.target.value)}
        error={problems.find((p) => p.field === "f-code")?.message}
      />
      <div>
        <Button type="submit" kind="primary" waiting={pending}>
          {w("continue")}
        </Button>
      </div>
    </form>
  );
}
