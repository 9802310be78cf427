import { Plus } from "lucide-react";
import { lazy, useCallback, useEffect, useRef, useState } from "react";
import { useQuery } from "urql";
import { Link, useSearch } from "wouter";
import type { ResultOf } from "../../../shared/graphql/graphql";
import { readFragment } from "../../../shared/graphql/graphql";
import { announce } from "../../../shared/ui/announce";
import { Banner } from "../../../shared/ui/Banner";
import { Button } from "../../../shared/ui/Button";
import { ConfirmDialog } from "../../../shared/ui/ConfirmDialog";
import { Lazy } from "../../../shared/ui/Lazy";
import { PageTitle } from "../../../shared/ui/page";
import { Bone, Waiting } from "../../../shared/ui/wait";
import { QueryView } from "../../api/QueryView";
import { useT } from "../../i18n";
import { PermittedButton } from "../../parts/PermittedButton";
import { readResettable } from "../../reset/model";
import { usePermission } from "../../session/session";
import { type FamilyParams, familiesUrl, readFamilyParams } from "../../urls";
import { Activity } from "./Activity";
import { EditSessionProvider } from "./edit-session";
import { FamilyHeader } from "./FamilyHeader";
import { FamilyQuery, GuardianFields } from "./fields";
import { GuardianCard } from "./GuardianCard";
import { NewGuardian } from "./NewGuardian";
import { Students } from "./Students";
import { useArchiving } from "./use-archiving";

const PoliciesPanel = lazy(() => import("./policies/PoliciesPanel"));

type FamilyData = Extract<NonNullable<ResultOf<typeof FamilyQuery>["node"]>, { __typename: "Family" }>;

/** Families edit: everything about one family on one page. */
export function FamilyScreen(props: { id: string }) {
  const t = useT();
  const params = readFamilyParams(useSearch());
  const query = useQuery({ query: FamilyQuery, variables: { id: props.id } });
  const [, execute] = query;
  const refresh = useCallback(() => execute({ requestPolicy: "network-only" }), [execute]);
  return (
    <EditSessionProvider>
      <QueryView query={query} what={t("family.title")} skeleton={<Skeleton />}>
        {({ node }) =>
          node?.__typename === "Family" ? (
            <Family family={node} params={params} refresh={refresh} />
          ) : (
            <Missing params={params} />
          )
        }
      </QueryView>
    </EditSessionProvider>
  );
}

function Family(props: { family: FamilyData; params: FamilyParams; refresh: () => void }) {
  const { family, refresh } = props;
  const t = useT();
  const [adding, setAdding] = useState(false);
  const [asking, setAsking] = useState(false);
  const addButton = useRef<HTMLButtonElement>(null);
  const archiving = useArchiving(refresh);
  const seesActivity = usePermission("AUDIT_READ");
  const { archived, failure } = archiving;
  // What had the focus is gone with what was archived; here is the way to take it back.
  const banner = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (archived) requestAnimationFrame(() => banner.current?.focus());
  }, [archived]);

  const stopAdding = () => {
    setAdding(false);
    requestAnimationFrame(() => addButton.current?.focus());
  };
  return (
    <div className="grid gap-6">
      <FamilyHeader family={family} params={props.params} onChanged={refresh} onArchive={() => setAsking(true)} />
      {family.archived ? (
        <Banner tone="warn" tabIndex={-1} ref={banner}>
          <p>{t("family.isArchived")}</p>
          <PermittedButton
            size="small"
            className="mt-2"
            needs="FAMILIES_WRITE"
            onClick={() => void archiving.restore("family", family)}
          >
            {t("family.restore")}
          </PermittedButton>
        </Banner>
      ) : (
        archived &&
        archived.kind !== "family" && (
          <Banner tone="info" tabIndex={-1} ref={banner}>
            <p>{t("archive.done", { name: archived.name })}</p>
            <Button size="small" className="mt-2" onClick={() => void archiving.restore(archived.kind, archived)}>
              {t("action.undo")}
            </Button>
          </Banner>
        )
      )}
      {failure && (
        <Banner tone="bad" role="alert">
          {failure}
        </Banner>
      )}
      <div className="grid items-start gap-x-8 gap-y-8 xl:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="grid gap-8">
          <section aria-labelledby="guardians" className="grid gap-3">
            <h2 id="guardians" className="caption">
              {t("family.guardians")}
            </h2>
            {family.guardians.length === 0 && !adding && (
              <p className="sheet p-4 text-ink-soft sm:px-5">{t("guardian.noneYet")}</p>
            )}
            {family.guardians.map((guardian) => (
              <GuardianCard
                key={guardian.id}
                guardian={guardian}
                familyId={family.id}
                onArchive={(one) => void archiving.archive("guardian", one)}
              />
            ))}
            {adding && (
              <NewGuardian
                familyId={family.id}
                onClose={stopAdding}
                onAdded={() => {
                  stopAdding();
                  announce(t("guardian.added"));
                  refresh();
                }}
              />
            )}
            {!adding && (
              <div>
                <PermittedButton ref={addButton} size="small" needs="FAMILIES_WRITE" onClick={() => setAdding(true)}>
                  <Plus aria-hidden className="size-4" />
                  {t("guardian.add")}
                </PermittedButton>
              </div>
            )}
            <p className="max-w-[70ch] text-sm text-ink-soft">{t("family.noPasswords")}</p>
          </section>
          <Students
            familyId={family.id}
            students={family.students}
            onArchive={(one) => void archiving.archive("student", one)}
            onChanged={refresh}
          />
        </div>
        <div className="grid gap-8">
          <Lazy fallback={<Waiting skeleton={<Bone className="h-40" />} onRetry={() => window.location.reload()} />}>
            <PoliciesPanel familyId={family.id} signature={signatureOf(family)} />
          </Lazy>
          {seesActivity && <Activity familyId={family.id} signature={signatureOf(family)} />}
        </div>
      </div>
      <ConfirmDialog
        open={asking}
        title={t("family.archive")}
        description={t("family.archiveAsk", { name: family.name })}
        cancel={t("action.cancel")}
        confirm={t("action.archive")}
        confirmKind="danger"
        onCancel={() => setAsking(false)}
        onConfirm={() => {
          setAsking(false);
          void archiving.archive("family", family);
        }}
      />
    </div>
  );
}

/** Differs whenever something about the family has changed that the Audit Log tells of. */
function signatureOf(family: FamilyData): string {
  const guardians = family.guardians.map((masked) => {
    const { last } = readResettable(readFragment(GuardianFields, masked));
    return [masked.id, masked.version, last?.id, last?.delivery, last?.state];
  });
  const students = family.students.map((student) => [student.id, student.version]);
  return JSON.stringify([family.version, family.archived, guardians, students]);
}

function Missing(props: { params: FamilyParams }) {
  const t = useT();
  return (
    <div className="grid gap-4">
      <PageTitle failed>{t("family.missing")}</PageTitle>
      <p>
        <Link href={familiesUrl(props.params)} className="link">
          {t("noAccess.back")}
        </Link>
      </p>
    </div>
  );
}

function Skeleton() {
  return (
    <div className="grid gap-6">
      <Bone className="h-8 w-56" />
      <div className="grid gap-8 xl:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="grid gap-3">
          <Bone className="h-52" />
          <Bone className="h-52" />
        </div>
        <Bone className="h-72" />
      </div>
    </div>
  );
}
