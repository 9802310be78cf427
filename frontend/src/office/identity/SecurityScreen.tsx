import { type ReactNode, useState } from "react";
import { useQuery } from "urql";
import { useWords } from "../../shared/i18n/words";
import { TimeText } from "../../shared/time/TimeText";
import { announce } from "../../shared/ui/announce";
import { Banner } from "../../shared/ui/Banner";
import { Button } from "../../shared/ui/Button";
import { ConfirmDialog } from "../../shared/ui/ConfirmDialog";
import { ErrorSummary, type FieldProblem } from "../../shared/ui/ErrorSummary";
import { TextField } from "../../shared/ui/Field";
import { PageTitle } from "../../shared/ui/page";
import { Bone } from "../../shared/ui/wait";
import { QueryView } from "../api/QueryView";
import { useT } from "../i18n";
import { FormDialog } from "../parts/FormDialog";
import { ConfirmIdentity, useSend } from "./confirm";
import {
  type Security,
  SecurityQuery,
  useRemovePasskey,
  useRemoveTotp,
  useRenamePasskey,
  useRenewCodes,
} from "./documents";
import { PasskeyAdd } from "./PasskeyAdd";
import { RecoveryCodes } from "./RecoveryCodes";
import { Sessions } from "./Sessions";
import { TotpSetup } from "./TotpSetup";
import { words } from "./words";

/** The own login: authenticator app, passkeys, recovery codes, and where it is in use. */
export default function SecurityScreen() {
  const w = useWords(words);
  const query = useQuery({ query: SecurityQuery, requestPolicy: "network-only" });
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const again = (made: readonly string[] | null = null) => {
    if (made) setCodes(made);
    announce(w("done"));
    query[1]({ requestPolicy: "network-only" });
  };
  return (
    <ConfirmIdentity>
      <div className="grid max-w-3xl gap-8">
        <div className="grid gap-2">
          <PageTitle>{w("title")}</PageTitle>
          <p className="text-ink-soft">{w("intro")}</p>
        </div>
        {codes ? (
          <RecoveryCodes codes={codes} onKept={() => setCodes(null)} />
        ) : (
          <QueryView query={query} what={w("title")} skeleton={<Bone className="h-40" />}>
            {({ viewer }) => viewer.security && <Factors security={viewer.security} onChanged={again} />}
          </QueryView>
        )}
        {!codes && <Sessions />}
      </div>
    </ConfirmIdentity>
  );
}

function Section(props: { id: string; title: string; children: ReactNode }) {
  return (
    <section aria-labelledby={props.id} className="grid gap-3">
      <h2 id={props.id} className="caption">
        {props.title}
      </h2>
      <div className="sheet grid gap-4 p-4 sm:p-5">{props.children}</div>
    </section>
  );
}

interface Removal {
  name: string;
  run: () => Promise<FieldProblem[]>;
}

function Factors(props: { security: Security; onChanged: (codes?: readonly string[] | null) => void }) {
  const w = useWords(words);
  const t = useT();
  const send = useSend();
  const removeTotp = useRemoveTotp();
  const removePasskey = useRemovePasskey();
  const renamePasskey = useRenamePasskey();
  const renew = useRenewCodes();
  const { security, onChanged } = props;
  const [removal, setRemoval] = useState<Removal | null>(null);
  const [renamed, setRenamed] = useState<{ id: string; name: string } | null>(null);
  const [pending, setPending] = useState(false);
  const [problems, setProblems] = useState<FieldProblem[]>([]);

  async function act(run: () => Promise<FieldProblem[]>) {
    setPending(true);
    const found = await run();
    setPending(false);
    setProblems(found);
    return found.length === 0;
  }

  return (
    <>
      {!renamed && <ErrorSummary problems={problems} />}
      {security.locked && <Banner tone="warn">{w("locked")}</Banner>}
      <Section id="app" title={w("app")}>
        <p>{security.totp ? w("appOn") : w("appOff")}</p>
        {security.totp ? (
          <div>
            <Button
              onClick={() =>
                setRemoval({
                  name: w("app"),
                  run: async () =>
                    (
                      await send(
                        () => removeTotp({}),
                        (d) => d.removeTotp,
                      )
                    ).problems,
                })
              }
            >
              {w("appRemove")}
            </Button>
          </div>
        ) : (
          <TotpSetup onDone={onChanged} />
        )}
      </Section>
      <Section id="passkeys" title={w("passkeys")}>
        {security.passkeys.length === 0 && <p>{w("passkeysNone")}</p>}
        <ul className="grid gap-3">
          {security.passkeys.map((key) => (
            <li key={key.id} className="flex flex-wrap items-center justify-between gap-3 border-b border-line pb-3">
              <div>
                <p className="font-semibold">{key.name}</p>
                <p className="text-sm text-ink-soft">
                  {key.lastUsedAt ? <TimeText at={key.lastUsedAt} /> : w("passkeyUnused")}
                </p>
              </div>
              <div className="flex gap-2">
                <Button
                  size="small"
                  aria-label={w("renameOf", { name: key.name })}
                  onClick={() => setRenamed({ id: key.id, name: key.name })}
                >
                  {w("rename")}
                </Button>
                <Button
                  size="small"
                  aria-label={w("removeOf", { name: key.name })}
                  onClick={() =>
                    setRemoval({
                      name: key.name,
                      run: async () =>
                        (
                          await send(
                            () => removePasskey({ input: { passkeyId: key.id } }),
                            (d) => d.removePasskey,
                          )
                        ).problems,
                    })
                  }
                >
                  {w("remove")}
                </Button>
              </div>
            </li>
          ))}
        </ul>
        <PasskeyAdd onDone={onChanged} />
      </Section>
      {(security.totp || security.passkeys.length > 0) && (
        <Section id="codes" title={w("codes")}>
          <p>{w("codesLeft", { count: security.recoveryCodesLeft })}</p>
          <div>
            <Button
              waiting={pending}
              onClick={() =>
                void act(async () => {
                  const { done, problems } = await send(
                    () => renew({}),
                    (d) => d.renewRecoveryCodes,
                  );
                  if (done) onChanged(done.recoveryCodes);
                  return problems;
                })
              }
            >
              {w("codesNew")}
            </Button>
          </div>
        </Section>
      )}
      <ConfirmDialog
        open={removal !== null}
        title={w("removeAsk", { name: removal?.name ?? "" })}
        description={w("removeText")}
        cancel={t("action.cancel")}
        confirm={w("remove")}
        confirmKind="danger"
        onCancel={() => setRemoval(null)}
        onConfirm={() => {
          const chosen = removal;
          setRemoval(null);
          if (chosen) void act(chosen.run).then((ok) => ok && onChanged());
        }}
      />
      <FormDialog
        open={renamed !== null}
        title={w("rename")}
        submit={t("action.save")}
        pending={pending}
        onClose={() => setRenamed(null)}
        onSubmit={() =>
          void act(async () => {
            if (!renamed) return [];
            const { done, problems } = await send(
              () => renamePasskey({ input: { passkeyId: renamed.id, name: renamed.name } }),
              (d) => d.renamePasskey,
            );
            if (done) {
              setRenamed(null);
              onChanged();
            }
            return problems;
          })
        }
      >
        <ErrorSummary problems={problems} />
        <TextField
          id="f-name"
          label={w("passkeyName")}
          maxLength={60}
          value={renamed?.name ?? ""}
          onChange={(event) => setRenamed(renamed && { ...renamed, name: event.target.value })}
        />
      </FormDialog>
    </>
  );
}
