import { Link } from "wouter";
import { LoadView } from "../../api/LoadView";
import type { BusinessFacts } from "../../api/portal";
import { policiesUrl, receiptUrl } from "../../urls";
import { AcceptanceLine } from "./AcceptanceLine";
import { canTick } from "./asking";
import { shortName, usePolicies } from "./policies";
import { usePolicyWords } from "./words";

/** On the home page: what the family has accepted and when, what it may still accept, and the receipt. */
export default function AcceptedPolicies(props: { business: BusinessFacts }) {
  const t = usePolicyWords();
  const loading = usePolicies();
  const { slug } = props.business;
  return (
    <section aria-labelledby="policies">
      <h2 id="policies" className="caption border-b border-line-strong pb-2">
        {t("allTitle")}
      </h2>
      <LoadView loading={loading} what={t("what")}>
        {({ sections }) => {
          if (sections.length === 0) return <p className="pt-3 text-ink-soft">{t("none")}</p>;
          const more = sections.some((section) => section.lines.some((line) => canTick(line, "all")));
          const any = sections.some((section) => section.lines.some((line) => line.acceptance));
          return (
            <>
              <ul>
                {sections.map((section) => {
                  const students = section.lines.flatMap((line) => line.student ?? []);
                  return (
                    <li key={section.policyId} className="grid gap-1.5 border-b border-line py-3">
                      <h3 className="font-medium">{section.version.title}</h3>
                      {section.lines.map((line) => (
                        <AcceptanceLine
                          key={line.key}
                          line={line}
                          name={line.student ? shortName(line.student, students) : undefined}
                        />
                      ))}
                    </li>
                  );
                })}
              </ul>
              <p className="flex flex-wrap gap-x-5 pt-1">
                <Link className="link inline-flex min-h-11 items-center" href={policiesUrl(slug)}>
                  {more ? t("readOrAccept") : t("read")}
                </Link>
                {any && (
                  <Link className="link inline-flex min-h-11 items-center" href={receiptUrl(slug)}>
                    {t("receipt")}
                  </Link>
                )}
              </p>
            </>
          );
        }}
      </LoadView>
    </section>
  );
}
