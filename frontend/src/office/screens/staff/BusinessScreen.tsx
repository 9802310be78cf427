import { type FormEvent, useState } from "react";
import { useQuery } from "urql";
import { useWords } from "../../../shared/i18n/words";
import { announce } from "../../../shared/ui/announce";
import { Banner } from "../../../shared/ui/Banner";
import { Button } from "../../../shared/ui/Button";
import { ErrorSummary, type FieldProblem } from "../../../shared/ui/ErrorSummary";
import { CheckField, TextField } from "../../../shared/ui/Field";
import { PageTitle } from "../../../shared/ui/page";
import { Bone } from "../../../shared/ui/wait";
import { QueryView } from "../../api/QueryView";
import { ConfirmIdentity, useSend } from "../../identity/confirm";
import { SettingsTabs } from "../settings/SettingsTabs";
import { AccentField } from "./AccentField";
import { BusinessQuery, type BusinessSettings, useUpdateBusiness } from "./documents";
import { words } from "./words";

/** Settings › Business. */
export default function BusinessScreen() {
  const w = useWords(words);
  const query = useQuery({ query: BusinessQuery, requestPolicy: "network-only" });
  const [saved, setSaved] = useState(false);
  return (
    <ConfirmIdentity>
      <div className="grid max-w-3xl gap-6">
        <PageTitle>{w("business")}</PageTitle>
        <SettingsTabs />
        {saved && <Banner tone="good">{w("saved")}</Banner>}
        <QueryView query={query} what={w("business")} skeleton={<Bone className="h-80" />}>
          {({ viewer }) =>
            viewer.business && (
              <Form
                key={viewer.business.version}
                business={viewer.business}
                onSaved={(done) => {
                  setSaved(done);
                  if (done) query[1]({ requestPolicy: "network-only" });
                }}
              />
            )
          }
        </QueryView>
      </div>
    </ConfirmIdentity>
  );
}

function Form(props: { business: BusinessSettings; onSaved: (done: boolean) => void }) {
  const w = useWords(words);
  const send = useSend();
  const update = useUpdateBusiness();
  const { business: b } = props;
  const [values, setValues] = useState({
    name: b.name,
    phone: b.phone ?? "",
    officeEmail: b.officeEmail ?? "",
    timeZone: b.timeZone,
    passwordMinLength: String(b.passwordMinLength),
    smsLinkMinutes: String(b.smsLinkMinutes ?? 30),
    accent: b.accent ?? "",
  });
  const [secondStaff, setSecondStaff] = useState(b.secondStaffForChangedContact === true);
  const [factor, setFactor] = useState(b.secondFactorRequired === true);
  const [checkpoints, setCheckpoints] = useState(b.checkpointMail === true);
  const [pending, setPending] = useState(false);
  const [problems, setProblems] = useState<FieldProblem[]>([]);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (pending) return;
    props.onSaved(false);
    const numbers = {
      passwordMinLength: Number(values.passwordMinLength),
      smsLinkMinutes: Number(values.smsLinkMinutes),
    };
    const odd = Object.entries(numbers).filter(([, n]) => !Number.isInteger(n));
    setProblems(odd.map(([field]) => ({ field: `f-${field}`, message: w("number") })));
    if (odd.length > 0) return;
    setPending(true);
    const input = {
      ...values,
      ...numbers,
      version: b.version ?? 1,
      secondStaffForChangedContact: secondStaff,
      secondFactorRequired: factor,
      checkpointMail: checkpoints,
    };
    const { done, problems } = await send(
      () => update({ input }),
      (d) => d.updateBusiness,
    );
    setPending(false);
    setProblems(problems);
    if (!done) return;
    announce(w("saved"));
    props.onSaved(true);
  }

  const field = (name: keyof typeof values, label: string, hint?: string) => (
    <TextField
      id={`f-${name}`}
      label={label}
      {...(hint ? { hint } : {})}
      autoComplete="off"
      value={values[name]}
      onChange={(event) => setValues({ ...values, [name]: event.target.value })}
      error={problems.find((p) => p.field === `f-${name}`)?.message}
    />
  );

  return (
    <form className="sheet grid gap-5 p-4 sm:p-6" noValidate onSubmit={submit}>
      <ErrorSummary problems={problems} />
      {field("name", w("businessName"))}
      {field("phone", w("phone"))}
      {field("officeEmail", w("officeEmail"), w("officeEmailHint"))}
      {field("timeZone", w("timeZone"), w("timeZoneHint"))}
      {field("passwordMinLength", w("passwordMin"), w("passwordMinHint"))}
      {field("smsLinkMinutes", w("smsMinutes"), w("smsMinutesHint"))}
      <AccentField
        value={values.accent}
        name={values.name}
        onValue={(accent) => setValues({ ...values, accent })}
        error={problems.find((p) => p.field === "f-accent")?.message}
      />
      <CheckField
        label={w("secondStaff")}
        hint={w("secondStaffHint")}
        checked={secondStaff}
        onChange={(event) => setSecondStaff(event.target.checked)}
      />
      <CheckField
        label={w("factorRequired")}
        hint={w("factorRequiredHint")}
        checked={factor}
        onChange={(event) => setFactor(event.target.checked)}
      />
      <CheckField
        label={w("checkpoints")}
        hint={w("checkpointsHint")}
        checked={checkpoints}
        onChange={(event) => setCheckpoints(event.target.checked)}
      />
      <div>
        <Button type="submit" kind="primary" waiting={pending}>
          {w("save")}
        </Button>
      </div>
    </form>
  );
}
