import { createContext, type ReactNode, use, useCallback, useRef, useState } from "react";
import { type OperationResult, useClient } from "urql";
import { useWords } from "../../shared/i18n/words";
import { ErrorSummary, type FieldProblem } from "../../shared/ui/ErrorSummary";
import { PasswordField } from "../../shared/ui/PasswordField";
import { problemOf } from "../api/problem";
import { useT } from "../i18n";
import { FormDialog } from "../parts/FormDialog";
import { type Security, SecurityQuery, useConfirm } from "./documents";
import { ProofFields, type ProofInput } from "./Proof";
import { words } from "./words";

const Ask = createContext<(text?: string) => Promise<boolean>>(async () => false);

/** Asks who is there, saying why when given; whether it was confirmed. Needs a ConfirmIdentity above. */
export const useAskIdentity = () => use(Ask);

interface Answer {
  errors: readonly { code: string; message: string; path: readonly string[] | null }[];
}

/**
 * Sends a mutation and says what came of it. Where the server asks for a recent proof of who is there, a dialog
 * asks for it and the same is sent again: what was entered on the page stays as it is. Needs a ConfirmIdentity above.
 */
export function useSend() {
  const t = useT();
  const ask = use(Ask);
  return useCallback(
    async <Data, Payload extends Answer>(
      run: () => Promise<OperationResult<Data>>,
      payload: (data: Data) => Payload,
    ): Promise<{ done: Payload; problems: [] } | { done: null; problems: FieldProblem[] }> => {
      for (;;) {
        const { data, error } = await run();
        if (!data) {
          const kind = error ? problemOf(error).kind : "server";
          return { done: null, problems: [{ field: "", message: t(`problem.${kind}`) }] };
        }
        const answer = payload(data);
        const first = answer.errors[0];
        if (!first) return { done: answer, problems: [] };
        if (first.code === "REAUTHENTICATION_REQUIRED" && (await ask())) continue;
        return {
          done: null,
          problems: answer.errors.map((e) => ({ field: e.path ? `f-${e.path.at(-1)}` : "", message: e.message })),
        };
      }
    },
    [ask, t],
  );
}

/** Gives the screens below it the dialog that asks for the password and, where one is set up, the second factor. */
export function ConfirmIdentity(props: { children: ReactNode }) {
  const w = useWords(words);
  const t = useT();
  const client = useClient();
  const confirm = useConfirm();
  const resolve = useRef<(confirmed: boolean) => void>(() => {});
  const [security, setSecurity] = useState<Security | null>(null);
  const [text, setText] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [recovery, setRecovery] = useState(false);
  const [pending, setPending] = useState(false);
  const [problems, setProblems] = useState<FieldProblem[]>([]);

  const ask = useCallback(
    async (why?: string) => {
      const { data } = await client.query(SecurityQuery, {}, { requestPolicy: "network-only" }).toPromise();
      if (!data?.viewer.security) return false;
      setPassword("");
      setCode("");
      setRecovery(false);
      setProblems([]);
      setText(why ?? w("confirmText"));
      setSecurity(data.viewer.security);
      return new Promise<boolean>((settle) => {
        resolve.current = settle;
      });
    },
    [client, w],
  );

  function close(confirmed: boolean) {
    setSecurity(null);
    resolve.current(confirmed);
  }

  async function submit(proof?: ProofInput) {
    if (!password) {
      setProblems([{ field: "f-password", message: w("passwordMissing") }]);
      return;
    }
    const typed = recovery ? { recoveryCode: code } : { totp: code };
    const any = security && (security.totp || security.passkeys.length > 0);
    setPending(true);
    const { data, error } = await confirm({ input: { password, ...(any ? (proof ?? typed) : {}) } });
    setPending(false);
    if (data?.confirmIdentity.confirmed) return close(true);
    if (error) setProblems([{ field: "", message: t(`problem.${problemOf(error).kind}`) }]);
    else
      setProblems(
        (data?.confirmIdentity.errors ?? []).map((e) => ({
          field: e.path?.at(-1) === "password" ? "f-password" : e.path ? "f-proof" : "",
          message: e.message,
        })),
      );
  }

  const problem = (field: string) => problems.find((p) => p.field === field)?.message;
  return (
    <Ask value={ask}>
      {props.children}
      <FormDialog
        open={security !== null}
        title={w("confirmTitle")}
        text={text}
        submit={w("confirm")}
        pending={pending}
        onClose={() => close(false)}
        onSubmit={() => void submit()}
      >
        <ErrorSummary problems={problems} />
        <PasswordField
          id="f-password"
          label={w("password")}
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          error={problem("f-password")}
        />
        {security && (security.totp || security.passkeys.length > 0) && (
          <ProofFields
            security={security}
            value={code}
            onValue={setCode}
            recovery={recovery}
            onRecovery={setRecovery}
            onPasskey={(proof) => void submit(proof)}
            onFailed={(message) => setProblems([{ field: "", message }])}
            error={problem("f-proof")}
          />
        )}
      </FormDialog>
    </Ask>
  );
}
