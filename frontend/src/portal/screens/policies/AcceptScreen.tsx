import { type FormEvent, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { announce } from "../../../shared/ui/announce";
import { Banner } from "../../../shared/ui/Banner";
import { Button } from "../../../shared/ui/Button";
import { ErrorSummary, type FieldProblem } from "../../../shared/ui/ErrorSummary";
import { PageTitle } from "../../../shared/ui/page";
import { LoadView } from "../../api/LoadView";
import type { BusinessFacts } from "../../api/portal";
import { kindOfError, type ProblemKind } from "../../api/request";
import { useT } from "../../i18n";
import { receiptUrl } from "../../urls";
import { SignOut } from "../home/SignOut";
import { type Asking, canTick, sectionsFor, updatedSince } from "./asking";
import { boxId, PolicySection } from "./PolicySection";
import { type FamilyPolicies, type Line, type Section, shortName, usePolicies } from "./policies";
import { useAcceptPolicies } from "./use-accept-policies";
import { usePolicyWords } from "./words";

/**
 * The policies with their whole text, and a box for each to tick. After signing in it stands before everything else
 * while something required is missing; then the way around is to sign out.
 */
export default function AcceptScreen(props: {
  business: BusinessFacts;
  asking: Asking;
  onAccepted: () => void;
  onSignedOut: () => void;
}) {
  const t = usePolicyWords();
  const loading = usePolicies();
  return (
    <div className="grid gap-6">
      <LoadView loading={loading} what={t("what")}>
        {(policies) => (
          <AcceptForm {...props} policies={policies} unread={loading.error?.kind ?? null} reload={loading.reload} />
        )}
      </LoadView>
      {props.asking === "required" && !loading.data && (
        <div>
          <SignOut onSignedOut={props.onSignedOut} />
        </div>
      )}
    </div>
  );
}

function AcceptForm(props: {
  business: BusinessFacts;
  asking: Asking;
  policies: FamilyPolicies;
  /** Why the policies could not be read again: then what is shown may be old. */
  unread: ProblemKind | null;
  reload: () => void;
  onAccepted: () => void;
  onSignedOut: () => void;
}) {
  const { asking, business, policies } = props;
  const words = usePolicyWords();
  const t = useT();
  const accept = useAcceptPolicies();
  const [, navigate] = useLocation();
  const sections = sectionsFor(policies, asking);
  const tickable = sections.flatMap((section) => section.lines.filter((line) => canTick(line, asking)));
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [problems, setProblems] = useState<FieldProblem[]>([]);
  const [pending, setPending] = useState(false);
  const [failure, setFailure] = useState("");
  const banner = useRef<HTMLDivElement>(null);
  const updated = useUpdated(policies.sections);

  const failed = failure || (props.unread && t(`problem.${props.unread}`));
  useEffect(() => {
    if (failed) banner.current?.focus();
  }, [failed]);

  const chosen = tickable.filter((line) => ticked.has(line.key));
  const problemOfLine = Object.fromEntries(
    tickable.flatMap((line) => {
      const found = problems.find((problem) => problem.field === boxId(line));
      return found ? [[line.key, found.message]] : [];
    }),
  );

  function tick(line: Line, on: boolean) {
    const next = new Set(ticked);
    if (on) next.add(line.key);
    else next.delete(line.key);
    setTicked(next);
    setProblems((all) => (on ? all.filter((problem) => problem.field !== boxId(line)) : all));
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (pending) return;
    setFailure("");
    const missing = asking === "required" ? tickable.filter((line) => !ticked.has(line.key)) : [];
    if (missing.length > 0 || chosen.length === 0) {
      setProblems(
        missing.length > 0
          ? missing.map((line) => ({ field: boxId(line), message: missingText(line) }))
          : [{ field: "", message: words("tickOne") }],
      );
      return;
    }
    setProblems([]);
    setPending(true);
    try {
      const answer = await accept(
        chosen.map((line) => ({ policyVersionId: line.versionId, studentId: line.student?.id ?? null })),
      );
      if (answer.acceptances) {
        announce(words("done"));
        navigate(receiptUrl(business.slug));
        props.onAccepted();
        return;
      }
      // Published anew, retired, or accepted by the other guardian meanwhile: read again what there is to accept.
      const changed = answer.errors.every((e) => e.code === "NOT_CURRENT_VERSION" || e.code === "ALREADY_ACCEPTED");
      if (!changed) setFailure(answer.errors[0]?.message ?? t("problem.server"));
      props.reload();
    } catch (error) {
      setFailure(t(`problem.${kindOfError(error)}`));
    }
    setPending(false);
  }

  function missingText(line: Line): string {
    const section = sections.find((one) => one.lines.includes(line));
    const title = section?.version.title ?? "";
    if (!line.student) return words("tick", { title });
    return words("tickFor", {
      title,
      name: shortName(line.student, section?.lines.flatMap((l) => l.student ?? []) ?? []),
    });
  }

  return (
    <form className="grid gap-6" noValidate onSubmit={submit}>
      <div className="grid gap-2">
        <PageTitle>{asking === "required" ? words("title") : words("allTitle")}</PageTitle>
        <p>
          {asking === "required"
            ? words("intro", { business: business.name })
            : words("allIntro", { business: business.name })}
        </p>
      </div>
      <ErrorSummary problems={problems} />
      {failed && (
        <Banner tone="bad" role="alert" tabIndex={-1} ref={banner}>
          {failed}
        </Banner>
      )}
      {sections.length === 0 && <p>{asking === "required" ? words("nothingLeft") : words("none")}</p>}
      {sections.map((section) => (
        <PolicySection
          key={section.policyId}
          section={section}
          asking={asking}
          ticked={ticked}
          problems={problemOfLine}
          updated={updated.has(section.policyId)}
          focus={section.policyId === sections.find((one) => updated.has(one.policyId))?.policyId}
          onTick={tick}
        />
      ))}
      <div className="no-print flex flex-wrap items-center justify-between gap-4 border-t border-line-strong pt-6">
        {tickable.length > 0 ? (
          <Button type="submit" kind="primary" waiting={pending} className="max-sm:w-full">
            {pending ? words("pending") : words("submit")}
          </Button>
        ) : (
          asking === "required" && (
            <Button kind="primary" onClick={props.onAccepted}>
              {words("continue")}
            </Button>
          )
        )}
        {asking === "required" && <SignOut onSignedOut={props.onSignedOut} />}
      </div>
    </form>
  );
}

/** Policies that were published anew since the page first showed them. */
function useUpdated(sections: readonly Section[]): ReadonlySet<string> {
  const [shown] = useState(sections);
  return updatedSince(shown, sections);
}
