import { type FormEvent, useState } from "react";
import { useClient, useQuery } from "urql";
import { useWords } from "../../shared/i18n/words";
import { Banner } from "../../shared/ui/Banner";
import { Button } from "../../shared/ui/Button";
import { ErrorSummary, type FieldProblem } from "../../shared/ui/ErrorSummary";
import { Bone } from "../../shared/ui/wait";
import { QueryView } from "../api/QueryView";
import { useSend } from "./confirm";
import { type Security, SecurityQuery, useComplete } from "./documents";
import { PasskeyAdd } from "./PasskeyAdd";
import { ProofFields, type ProofInput } from "./Proof";
import { RecoveryCodes } from "./RecoveryCodes";
import { TotpSetup } from "./TotpSetup";
import { words } from "./words";

/** What follows the password: proving the second factor, or setting one up where the business asks for it. */
export default function SecondStep(props: {
  setUp: boolean;
  onSignedIn: (staffId: string) => void;
  onStartOver: () => void;
}) {
  const w = useWords(words);
  const query = useQuery({ query: SecurityQuery, requestPolicy: "network-only" });
  return (
    <QueryView query={query} what={w("secondTitle")} skeleton={<Bone className="h-24" />}>
      {({ viewer }) =>
        props.setUp ? (
          <SetUp onSignedIn={props.onSignedIn} />
        ) : viewer.security ? (
          <Prove security={viewer.security} {...props} />
        ) : (
          <Button onClick={props.onStartOver}>{w("startOver")}</Button>
        )
      }
    </QueryView>
  );
}

function Prove(props: { security: Security; onSignedIn: (staffId: string) => void; onStartOver: () => void }) {
  const w = useWords(words);
  const send = useSend();
  const complete = useComplete();
  const [recovery, setRecovery] = useState(false);
  const [code, setCode] = useState("");
  const [pending, setPending] = useState(false);
  const [problems, setProblems] = useState<FieldProblem[]>([]);

  async function submit(proof: ProofInput) {
    if (pending) return;
    setPending(true);
    const { done, problems } = await send(
      () => complete({ input: proof }),
      (d) => d.completeSecondFactor,
    );
    setPending(false);
    setProblems(problems.map((p) => ({ ...p, field: p.field ? "f-proof" : "" })));
    const actor = done?.viewer?.actor;
    if (actor?.__typename === "Staff") props.onSignedIn(actor.id);
    else setCode("");
  }

  return (
    <form
      className="grid gap-5"
      noValidate
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void submit(recovery ? { recoveryCode: code } : { totp: code });
      }}
    >
      <ErrorSummary problems={problems} />
      <ProofFields
        security={props.security}
        value={code}
        onValue={setCode}
        recovery={recovery}
        onRecovery={setRecovery}
        onPasskey={(proof) => void submit(proof)}
        onFailed={(message) => setProblems([{ field: "", message }])}
        error={problems.find((p) => p.field === "f-proof")?.message}
      />
      {((props.security.totp && !props.security.locked) || recovery) && (
        <Button type="submit" kind="primary" waiting={pending}>
          {w("continue")}
        </Button>
      )}
      <Button kind="quiet" onClick={props.onStartOver}>
        {w("startOver")}
      </Button>
    </form>
  );
}

function SetUp(props: { onSignedIn: (staffId: string) => void }) {
  const w = useWords(words);
  const client = useClient();
  const [codes, setCodes] = useState<readonly string[] | null>(null);

  async function goOn() {
    const { data } = await client.query(SecurityQuery, {}, { requestPolicy: "network-only" }).toPromise();
    const actor = data?.viewer.actor;
    if (actor?.__typename === "Staff") props.onSignedIn(actor.id);
  }

  if (codes) return <RecoveryCodes codes={codes} onKept={() => void goOn()} />;
  const done = (made: readonly string[] | null) => (made ? setCodes(made) : void goOn());
  return (
    <div className="grid gap-6">
      <Banner tone="info">{w("required")}</Banner>
      <section className="grid gap-3">
        <h2 className="font-semibold">{w("app")}</h2>
        <TotpSetup onDone={done} />
      </section>
      <section className="grid gap-3">
        <h2 className="font-semibold">{w("passkeys")}</h2>
        <PasskeyAdd onDone={done} />
      </section>
    </div>
  );
}
