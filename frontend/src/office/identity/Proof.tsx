import { useState } from "react";
import { useWords } from "../../shared/i18n/words";
import { Button } from "../../shared/ui/Button";
import { TextField } from "../../shared/ui/Field";
import type { Security } from "./documents";
import { useStartAssertion } from "./documents";
import { askPasskey, passkeysWork } from "./webauthn";
import { words } from "./words";

/** One second factor, as the API takes it. */
export type ProofInput = { totp: string } | { recoveryCode: string } | { passkey: string };

/** Fields for a second factor: a code of the app, a recovery code instead, or a passkey at once. */
export function ProofFields(props: {
  security: Security;
  value: string;
  onValue: (value: string) => void;
  recovery: boolean;
  onRecovery: (recovery: boolean) => void;
  onPasskey: (proof: ProofInput) => void;
  onFailed: (message: string) => void;
  error?: string | undefined;
}) {
  const w = useWords(words);
  const start = useStartAssertion();
  const [busy, setBusy] = useState(false);
  const { security, recovery } = props;
  const appUsable = security.totp && !security.locked;
  const asksCode = recovery || appUsable;

  async function passkey() {
    setBusy(true);
    const { data } = await start({});
    const options = data?.startPasskeyAssertion.options;
    const answer = options ? await askPasskey(options) : null;
    setBusy(false);
    if (answer) props.onPasskey({ passkey: answer });
    else props.onFailed(w("passkeyFailed"));
  }

  return (
    <>
      {security.totp && security.locked && !recovery && <p className="text-warn">{w("locked")}</p>}
      {asksCode && (
        <TextField
          id="f-proof"
          label={recovery ? w("recovery") : w("code")}
          hint={recovery ? w("recoveryHint") : w("codeHint")}
          autoComplete="one-time-code"
          inputMode={recovery ? "text" : "numeric"}
          maxLength={recovery ? 32 : 16}
          value={props.value}
          onChange={(event) => props.onValue(event.target.value)}
          error={props.error}
        />
      )}
      <div className="flex flex-wrap gap-3">
        {security.passkeys.length > 0 && passkeysWork() && (
          <Button size="small" waiting={busy} onClick={() => void passkey()}>
            {w("usePasskey")}
          </Button>
        )}
        {(appUsable || !recovery) && (
          <Button size="small" kind="quiet" onClick={() => props.onRecovery(!recovery)}>
            {recovery ? w("useCode") : w("useRecovery")}
          </Button>
        )}
      </div>
    </>
  );
}
