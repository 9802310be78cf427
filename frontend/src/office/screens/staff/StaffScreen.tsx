import { CircleAlert, CircleSlash, Clock, type LucideIcon, Plus, Shield, ShieldCheck } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useQuery } from "urql";
import { useSearch } from "wouter";
import { useWords } from "../../../shared/i18n/words";
import { announce } from "../../../shared/ui/announce";
import { Button } from "../../../shared/ui/Button";
import { ConfirmDialog } from "../../../shared/ui/ConfirmDialog";
import { ErrorSummary, type FieldProblem } from "../../../shared/ui/ErrorSummary";
import { TextField } from "../../../shared/ui/Field";
import { PageTitle } from "../../../shared/ui/page";
import { Bone } from "../../../shared/ui/wait";
import { QueryView } from "../../api/QueryView";
import { useT } from "../../i18n";
import { ConfirmIdentity, useSend } from "../../identity/confirm";
import { FormDialog } from "../../parts/FormDialog";
import { Pager } from "../../parts/Pager";
import { pageVariables } from "../../parts/page-variables";
import type { Permission } from "../../session/session";
import { readPage, staffUrl } from "../../urls";
import { SettingsTabs } from "../settings/SettingsTabs";
import { type Member, StaffQuery, useInvite, useReinvite, useResetFactor, useUpdate } from "./documents";
import { Rights } from "./MemberForm";
import { words } from "./words";

/** Settings › Staff. */
export default function StaffScreen() {
  const w = useWords(words);
  const page = readPage(new URLSearchParams(useSearch()));
  const query = useQuery({ query: StaffQuery, variables: pageVariables(page, 50) });
  const again = (said: string) => {
    announce(said);
    query[1]({ requestPolicy: "network-only" });
  };
  return (
    <ConfirmIdentity>
      <div className="grid max-w-3xl gap-6">
        <QueryView query={query} what={w("staff")} skeleton={<Bone className="h-60" />}>
          {({ staffMembers, viewer }) => {
            const actor = viewer.actor?.__typename === "Staff" ? viewer.actor : null;
            const me = { id: actor?.id ?? "", owner: actor?.owner === true, permissions: viewer.permissions };
            return (
              <>
                <div className="flex flex-wrap items-center justify-between gap-3">
                  <PageTitle>{w("staff")}</PageTitle>
                  <Invite me={me} onDone={again} />
                </div>
                <SettingsTabs />
                <ul className="sheet divide-y divide-line">
                  {staffMembers.edges.map(({ node }) => (
                    <Row key={node.id} member={node} me={me} onDone={again} />
                  ))}
                </ul>
                <Pager page={staffMembers.pageInfo} label={w("list")} url={staffUrl} />
              </>
            );
          }}
        </QueryView>
      </div>
    </ConfirmIdentity>
  );
}

interface Me {
  id: string;
  owner: boolean;
  permissions: readonly Permission[];
}

function Invite(props: { me: Me; onDone: (said: string) => void }) {
  const w = useWords(words);
  const send = useSend();
  const invite = useInvite();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [permissions, setPermissions] = useState<Permission[]>([]);
  const [owner, setOwner] = useState(false);
  const [pending, setPending] = useState(false);
  const [problems, setProblems] = useState<FieldProblem[]>([]);
  const problem = (field: string) => problems.find((p) => p.field === field)?.message;

  async function submit() {
    setPending(true);
    const input = { name, email, permissions, owner };
    const { done, problems } = await send(
      () => invite({ input }),
      (d) => d.inviteStaff,
    );
    setPending(false);
    setProblems(problems);
    if (!done) return;
    setOpen(false);
    props.onDone(w("invited", { name }));
  }

  return (
    <>
      <Button
        kind="primary"
        onClick={() => {
          setName("");
          setEmail("");
          setPermissions(
            ["FAMILIES_READ", "PASSWORD_RESET_SEND"].filter((p) =>
              props.me.permissions.includes(p as Permission),
            ) as Permission[],
          );
          setOwner(false);
          setProblems([]);
          setOpen(true);
        }}
      >
        <Plus aria-hidden className="size-4" />
        {w("invite")}
      </Button>
      <FormDialog
        open={open}
        title={w("invite")}
        text={w("inviteText")}
        submit={w("send")}
        pending={pending}
        onClose={() => setOpen(false)}
        onSubmit={() => void submit()}
      >
        <ErrorSummary problems={problems} />
        <TextField
          id="f-name"
          label={w("name")}
          autoComplete="off"
          maxLength={120}
          value={name}
          onChange={(event) => setName(event.target.value)}
          error={problem("f-name")}
        />
        <TextField
          id="f-email"
          label={w("email")}
          type="email"
          autoComplete="off"
          value={email}
          onChange={(event) => setEmail(event.target.value)}
          error={problem("f-email")}
        />
        <Rights
          granted={permissions}
          owner={owner}
          mine={props.me.permissions}
          iAmOwner={props.me.owner}
          onChange={(granted, owner) => {
            setPermissions(granted);
            setOwner(owner);
          }}
        />
      </FormDialog>
    </>
  );
}

function Row(props: { member: Member; me: Me; onDone: (said: string) => void }) {
  const w = useWords(words);
  const t = useT();
  const send = useSend();
  const update = useUpdate();
  const reinvite = useReinvite();
  const resetFactor = useResetFactor();
  const { member, me, onDone } = props;
  const [editing, setEditing] = useState<{ name: string; permissions: Permission[]; owner: boolean } | null>(null);
  const [asking, setAsking] = useState<"deactivate" | "reset" | null>(null);
  const [pending, setPending] = useState(false);
  const [problems, setProblems] = useState<FieldProblem[]>([]);
  const { id: staffId, version, name } = member;

  async function act(run: () => Promise<FieldProblem[]>, said: string) {
    setPending(true);
    const found = await run();
    setPending(false);
    setProblems(found);
    if (found.length > 0) return;
    setEditing(null);
    onDone(said);
  }
  const change = (more: { active: boolean } | { name: string; permissions: Permission[]; owner: boolean }) =>
    act(
      async () =>
        (
          await send(
            () => update({ input: { staffId, version, ...more } }),
            (d) => d.updateStaff,
          )
        ).problems,
      w("saved"),
    );

  const { invitation } = member;
  return (
    <li className="grid gap-3 p-4 sm:px-5">
      {!editing && <ErrorSummary problems={problems} />}
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0 flex-1 basis-72">
          <h2 className="font-semibold">
            {name} {staffId === me.id && <span className="font-normal text-ink-soft">{w("you")}</span>}
          </h2>
          <p className="text-sm break-words text-ink-soft">{member.email}</p>
          <ul aria-label={w("permissions")} className="mt-2 flex flex-wrap gap-1.5">
            {(member.owner
              ? [w("everything")]
              : member.permissions.length > 0
                ? member.permissions.map((p) => w(p))
                : [w("nothing")]
            ).map((right) => (
              <li key={right} className="flag">
                {right}
              </li>
            ))}
          </ul>
          <ul className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-sm text-ink-soft">
            {!member.active && <Fact icon={CircleSlash}>{w("inactive")}</Fact>}
            {invitation && (
              <Fact
                icon={
                  invitation.expired || invitation.delivery === "NOT_DELIVERED" || invitation.delivery === "FAILED"
                    ? CircleAlert
                    : Clock
                }
              >
                {invitation.expired
                  ? w("invitationExpired")
                  : invitation.delivery === "NOT_DELIVERED" || invitation.delivery === "FAILED"
                    ? w("invitationFailed")
                    : w("pendingInvitation")}
              </Fact>
            )}
            {member.active && !invitation && (
              <Fact icon={member.secondFactor ? ShieldCheck : Shield}>
                {member.secondFactor ? w("secondFactor") : w("noSecondFactor")}
              </Fact>
            )}
          </ul>
        </div>
        <div className="flex flex-wrap gap-2">
          {invitation && (
            <Button
              size="small"
              waiting={pending}
              aria-label={w("resendTo", { name })}
              onClick={() =>
                void act(
                  async () =>
                    (
                      await send(
                        () => reinvite({ input: { staffId } }),
                        (d) => d.reinviteStaff,
                      )
                    ).problems,
                  w("resent"),
                )
              }
            >
              {w("resend")}
            </Button>
          )}
          <Button
            size="small"
            aria-label={w("edit", { name })}
            onClick={() => {
              setProblems([]);
              setEditing({
                name,
                permissions: member.owner ? [] : [...member.permissions],
                owner: member.owner === true,
              });
            }}
          >
            {t("action.edit")}
          </Button>
          {me.owner && member.secondFactor && staffId !== me.id && (
            <Button size="small" onClick={() => setAsking("reset")}>
              {w("resetFactor")}
            </Button>
          )}
          {staffId !== me.id && (
            <Button
              size="small"
              waiting={pending}
              onClick={() => (member.active ? setAsking("deactivate") : void change({ active: true }))}
            >
              {member.active ? w("deactivate") : w("activate")}
            </Button>
          )}
        </div>
      </div>
      <FormDialog
        open={editing !== null}
        title={w("edit", { name })}
        submit={t("action.save")}
        pending={pending}
        onClose={() => setEditing(null)}
        onSubmit={() => editing && void change(editing)}
      >
        <ErrorSummary problems={problems} />
        {editing && (
          <>
            <TextField
              id="f-name"
              label={w("name")}
              maxLength={120}
              value={editing.name}
              onChange={(event) => setEditing({ ...editing, name: event.target.value })}
              error={problems.find((p) => p.field === "f-name")?.message}
            />
            <Rights
              granted={editing.permissions}
              owner={editing.owner}
              mine={me.permissions}
              iAmOwner={me.owner}
              onChange={(permissions, owner) => setEditing({ ...editing, permissions, owner })}
            />
          </>
        )}
      </FormDialog>
      <ConfirmDialog
        open={asking !== null}
        title={asking === "reset" ? w("resetAsk", { name }) : w("deactivateAsk", { name })}
        description={asking === "reset" ? w("resetText", { name }) : w("deactivateText", { name })}
        cancel={t("action.cancel")}
        confirm={asking === "reset" ? w("resetFactor") : w("deactivate")}
        confirmKind="danger"
        onCancel={() => setAsking(null)}
        onConfirm={() => {
          const what = asking;
          setAsking(null);
          if (what === "reset")
            void act(
              async () =>
                (
                  await send(
                    () => resetFactor({ input: { staffId } }),
                    (d) => d.resetSecondFactor,
                  )
                ).problems,
              w("saved"),
            );
          else void change({ active: false });
        }}
      />
    </li>
  );
}

function Fact(props: { icon: LucideIcon; children: ReactNode }) {
  return (
    <li className="inline-flex items-start gap-1.5">
      <props.icon aria-hidden className="mt-[0.2em] size-4 flex-none" />
      {props.children}
    </li>
  );
}
