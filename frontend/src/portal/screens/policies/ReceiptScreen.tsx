import { Link } from "wouter";
import { useLanguage } from "../../../shared/i18n/i18n";
import { calendarDate } from "../../../shared/time/format";
import { Button } from "../../../shared/ui/Button";
import { PageTitle } from "../../../shared/ui/page";
import { LoadView } from "../../api/LoadView";
import type { BusinessFacts } from "../../api/portal";
import { homeUrl } from "../../urls";
import { AcceptanceLine } from "./AcceptanceLine";
import { type FamilyPolicies, shortName, usePolicies } from "./policies";
import { usePolicyWords } from "./words";

/** What the family has accepted, to keep or to print: versions, dates, by whom, and which text exactly. */
export default function ReceiptScreen(props: { business: BusinessFacts }) {
  const t = usePolicyWords();
  const loading = usePolicies();
  return (
    <LoadView loading={loading} what={t("receipt")}>
      {(policies) => <Receipt business={props.business} policies={policies} />}
    </LoadView>
  );
}

function Receipt(props: { business: BusinessFacts; policies: FamilyPolicies }) {
  const { business, policies } = props;
  const t = usePolicyWords();
  const { locale } = useLanguage();
  const accepted = policies.sections
    .map((section) => ({ ...section, lines: section.lines.filter((line) => line.acceptance) }))
    .filter((section) => section.lines.length > 0);
  return (
    <div className="grid gap-6">
      <div className="grid gap-1">
        <PageTitle>{t("receipt")}</PageTitle>
        <p className="text-ink-soft">{t("receiptOf", { family: policies.familyName })}</p>
        <p className="mt-2">{accepted.length > 0 ? t("receiptText", { business: business.name }) : t("receiptNone")}</p>
      </div>
      {accepted.map((section) => {
        const students = section.lines.flatMap((line) => line.student ?? []);
        // Lines that carry over are of an older text than the others.
        const versions = [
          ...new Map(
            section.lines.flatMap(({ acceptance: a }) => (a ? ([[a.policyVersion.id, a.policyVersion]] as const) : [])),
          ).values(),
        ];
        return (
          <section
            key={section.policyId}
            aria-labelledby={section.policyId}
            className="print-together grid gap-3 border-t border-line-strong pt-5"
          >
            <h2 id={section.policyId} className="heading">
              {section.version.title}
            </h2>
            {section.lines.map((line) => (
              <AcceptanceLine
                key={line.key}
                line={line}
                name={line.student ? shortName(line.student, students) : undefined}
              />
            ))}
            {versions.map((version) => (
              <dl key={version.id} className="text-sm text-ink-soft">
                <dt>{t("version", { number: version.number, date: calendarDate(version.effectiveFrom, locale) })}</dt>
                <dd>
                  {t("fingerprint")}: <code className="text-xs">{version.textHash}</code>
                </dd>
              </dl>
            ))}
          </section>
        );
      })}
      <div className="no-print flex flex-wrap gap-3 border-t border-line-strong pt-6">
        <Link className="button max-sm:w-full" data-kind="primary" href={homeUrl(business.slug)}>
          {t("continue")}
        </Link>
        <Button className="max-sm:w-full" onClick={() => window.print()}>
          {t("print")}
        </Button>
      </div>
    </div>
  );
}
