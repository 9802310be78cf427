import { Link } from "wouter";
import { type FragmentOf, graphql, readFragment } from "../../../shared/graphql/graphql";
import { useLanguage } from "../../../shared/i18n/i18n";
import { calendarDate } from "../../../shared/time/format";
import { policyUrl } from "../../urls";
import { upcoming } from "./upcoming";
import { usePoliciesWords } from "./words";

export const PolicyRowFields = graphql(`
  fragment PolicyRow on Policy {
    id
    title
    scope
    required
    retired
    current {
      id
      number
      effectiveFrom
    }
    versions {
      id
      number
      effectiveFrom
      inEffect
    }
    counts {
      accepted
      manuallyAccepted
      missing
      counting
    }
  }
`);

export function PolicyRow(props: { policy: FragmentOf<typeof PolicyRowFields> }) {
  const t = usePoliciesWords();
  const { locale } = useLanguage();
  const policy = readFragment(PolicyRowFields, props.policy);
  const { current, counts } = policy;
  const next = upcoming(policy);
  const number = (value: number) => new Intl.NumberFormat(locale).format(value);
  return (
    <tr role="row">
      <td role="cell" className="sm:w-[36%]">
        <Link href={policyUrl(policy.id)} className="link font-semibold">
          {policy.title}
        </Link>
        <span className="block text-sm text-ink-soft">
          {policy.retired ? t("retired") : t(policy.required ? "required" : "optional")} · {t(policy.scope)}
        </span>
      </td>
      <td role="cell" data-label={t("columnVersion")}>
        {current ? (
          <>
            {t("version", { number: current.number })}{" "}
            <span className="whitespace-nowrap text-ink-soft">
              {t("since", { date: calendarDate(current.effectiveFrom, locale) })}
            </span>
          </>
        ) : (
          <span className="text-ink-soft">{t("noCurrent")}</span>
        )}
        {next && (
          <span className="block text-sm tone-warn">
            {t("next", { number: next.number, date: calendarDate(next.effectiveFrom, locale) })}
          </span>
        )}
      </td>
      <td role="cell" className="number" data-label={t("accepted")}>
        {counts && number(counts.accepted)}
      </td>
      <td role="cell" className="number" data-label={t("manual")}>
        {counts && number(counts.manuallyAccepted)}
      </td>
      <td role="cell" className="number" data-label={t("missing")}>
        {counts && (counts.counting ? <span className="text-ink-soft">{t("counting")}</span> : number(counts.missing))}
      </td>
    </tr>
  );
}
