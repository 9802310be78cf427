import { lazy, type ReactNode, useCallback, useId, useRef, useState } from "react";
import { useClient } from "urql";
import { type FragmentOf, readFragment } from "../../../shared/graphql/graphql";
import { useLanguage } from "../../../shared/i18n/i18n";
import { languageName } from "../../../shared/i18n/locale";
import { formatPhone } from "../../../shared/phone";
import { TimeText } from "../../../shared/time/TimeText";
import { announce } from "../../../shared/ui/announce";
import { Lazy } from "../../../shared/ui/Lazy";
import { useT } from "../../i18n";
import { CanLogInFlag } from "../../parts/CanLogInFlag";
import { PermittedButton } from "../../parts/PermittedButton";
import { ActionsMenu } from "../../reset/ActionsMenu";
import { type Channel, type Resettable, readResettable } from "../../reset/model";
import { ResetDialog } from "../../reset/ResetDialog";
import { StatusLine } from "../../reset/StatusLine";
import type { StatusAction } from "../../reset/status";
import { usePermission } from "../../session/session";
import { ContactMark } from "./ContactMark";
import { FamilyQuery, GuardianFields } from "./fields";
import { GuardianForm } from "./GuardianForm";

const InviteDialog = lazy(() => import("../../reset/InviteDialog"));

/** One guardian: who it is, how to reach them, whether they can log in, and the three dots. */
export function GuardianCard(props: {
  guardian: FragmentOf<typeof GuardianFields>;
  familyId: string;
  onArchive: (guardian: { id: string; name: string; version: number }) => void;
}) {
  const t = useT();
  const { locale } = useLanguage();
  const client = useClient();
  const guardian = readFragment(GuardianFields, props.guardian);
  const resettable = readResettable(guardian);
  const mayWrite = usePermission("FAMILIES_WRITE");
  const [editing, setEditing] = useState<"name" | "email" | "phone" | null>(null);
  const [sending, setSending] = useState<Channel | null>(null);
  const [inviting, setInviting] = useState(false);
  const dots = useRef<HTMLButtonElement>(null);
  const editButton = useRef<HTMLButtonElement>(null);
  const heading = useId();

  const refresh = useCallback(() => {
    void client.query(FamilyQuery, { id: props.familyId }, { requestPolicy: "network-only" }).toPromise();
  }, [client, props.familyId]);

  const usable = (channel: Channel) => resettable.options.some((o) => o.channel === channel && o.available);
  const can = (action: StatusAction) => {
    if (action === "useSms") return usable("SMS");
    return action === "tryAgain" ? usable(resettable.last?.channel ?? "EMAIL") : mayWrite;
  };
  const act = (action: StatusAction) => {
    if (action === "useSms") setSending("SMS");
    else if (action === "tryAgain") setSending(resettable.last?.channel ?? "EMAIL");
    else setEditing(action === "editEmail" ? "email" : "phone");
  };
  const close = () => {
    setEditing(null);
    requestAnimationFrame(() => editButton.current?.focus());
  };

  const change = (field: "email" | "phone") => guardian.contactChanges.find((c) => c.field === field);
  return (
    <article className="sheet overflow-hidden" aria-labelledby={heading}>
      <header className="flex items-center justify-between gap-2 py-1.5 pr-2 pl-4 sm:pl-5">
        <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1 py-1.5">
          <h3 id={heading} className="heading">
            {guardian.name}
          </h3>
          {guardian.relation && <span className="text-[0.9375rem] text-ink-soft">{guardian.relation}</span>}
          <CanLogInFlag on={guardian.canLogIn} />
        </div>
        <div className="flex flex-none items-center">
          {!editing && (
            <PermittedButton
              ref={editButton}
              kind="quiet"
              size="small"
              needs="FAMILIES_WRITE"
              aria-describedby={heading}
              onClick={() => setEditing("name")}
            >
              {t("action.edit")}
            </PermittedButton>
          )}
          <ActionsMenu
            guardian={resettable}
            button={dots}
            onChoose={setSending}
            onInvite={() => setInviting(true)}
            onStale={refresh}
          />
        </div>
      </header>
      {editing ? (
        <div className="border-t border-line">
          <GuardianForm
            key={guardian.id}
            guardian={guardian}
            familyId={props.familyId}
            focus={editing}
            onClose={close}
            onArchive={() => props.onArchive(guardian)}
          />
        </div>
      ) : (
        <dl className="border-t border-line px-4 sm:px-5">
          <Fact name={t("guardian.email")} change={change("email")} changed={t("guardian.emailChanged")}>
            {guardian.email || <None />}
            <ContactMark guardianId={guardian.id} channel="EMAIL" marks={guardian.contactMarks} />
          </Fact>
          <Fact name={t("guardian.phone")} change={change("phone")} changed={t("guardian.phoneChanged")}>
            {guardian.phone ? <span className="tabular-nums">{formatPhone(guardian.phone)}</span> : <None />}
            <ContactMark guardianId={guardian.id} channel="SMS" marks={guardian.contactMarks} />
          </Fact>
          <Fact name={t("guardian.language")}>{languageName(guardian.locale, locale)}</Fact>
          {guardian.canLogIn && (
            <Fact name={t("guardian.portal")}>
              <PortalStatus status={resettable.portalStatus} at={resettable.invitedAt} />
            </Fact>
          )}
        </dl>
      )}
      {resettable.last && <StatusLine reset={resettable.last} can={can} onAction={act} />}
      {inviting && (
        <Lazy>
          <InviteDialog guardian={resettable} returnTo={dots} onClose={() => setInviting(false)} />
        </Lazy>
      )}
      {sending && (
        <ResetDialog
          guardian={resettable}
          channel={sending}
          returnTo={dots}
          onClose={() => setSending(null)}
          onSent={() => {
            announce(t(`dialog.done.${sending}`));
            setSending(null);
          }}
        />
      )}
    </article>
  );
}

/** Whether the guardian has a password, was invited to choose one, or neither. */
function PortalStatus(props: { status: Resettable["portalStatus"]; at: string | null }) {
  const t = useT();
  if (props.status !== "INVITED" || !props.at)
    return t(props.status === "ACTIVE" ? "guardian.portal.ACTIVE" : "guardian.portal.NOT_INVITED");
  return (
    <>
      {t("guardian.portal.INVITED", { time: "" })}
      <TimeText at={props.at} />
    </>
  );
}

/** One line of the form: what it is at the left, the value at the right, a rule below. */
function Fact(props: {
  name: string;
  children: ReactNode;
  change?: { changedAt: string; changedBy: { name: string } } | undefined;
  changed?: string;
}) {
  const t = useT();
  return (
    <div className="grid gap-x-4 border-b border-line py-2.5 last:border-0 sm:grid-cols-[7.5rem_1fr]">
      <dt className="text-sm leading-6 text-ink-soft">{props.name}</dt>
      <dd className="text-[0.9375rem] leading-6">
        {props.children}
        {props.change && (
          <span className="block text-sm tone-warn">
            {props.changed} <bdi>{t("guardian.changedBy", { name: props.change.changedBy.name })}</bdi>,{" "}
            <TimeText at={props.change.changedAt} />
          </span>
        )}
      </dd>
    </div>
  );
}

function None() {
  return <span className="text-ink-soft">{useT()("guardian.none")}</span>;
}
