import { type FragmentOf, graphql, readFragment } from "../../../shared/graphql/graphql";
import { useLanguage } from "../../../shared/i18n/i18n";
import { TimeText } from "../../../shared/time/TimeText";
import { useT } from "../../i18n";

export const LedgerRowFields = graphql(`
  fragment LedgerRow on SmsCreditEntry {
    id
    amount
    balanceAfter
    reason
    summary
    occurredAt
    actor {
      __typename
      ... on Staff {
        id
        name
      }
      ... on Guardian {
        id
        name
      }
      ... on SystemActor {
        name
      }
    }
    guardian {
      id
      name
    }
  }
`);

/** One line of the ledger; the sign is written out, colour says nothing here. */
export function LedgerRow(props: { entry: FragmentOf<typeof LedgerRowFields> }) {
  const t = useT();
  const { locale } = useLanguage();
  const entry = readFragment(LedgerRowFields, props.entry);
  const signed = new Intl.NumberFormat(locale, { signDisplay: "exceptZero" }).format(entry.amount);
  return (
    <tr role="row">
      <td role="cell" className="whitespace-nowrap max-sm:text-sm max-sm:text-ink-soft">
        <TimeText at={entry.occurredAt} />
      </td>
      <td role="cell" className="number font-semibold" data-label={t("credits.change")}>
        {signed.replace("-", "−")}
      </td>
      <td role="cell" className="number" data-label={t("credits.after")}>
        {new Intl.NumberFormat(locale).format(entry.balanceAfter)}
      </td>
      <td role="cell" data-label={t("credits.reason")}>
        {t(`credits.reason.${entry.reason}`)}
        <span className="block text-sm text-ink-soft">{entry.summary}</span>
      </td>
      <td role="cell" data-label={t("credits.who")}>
        {entry.actor.name}
      </td>
      <td role="cell" data-label={entry.guardian ? t("credits.guardian") : undefined}>
        {entry.guardian?.name}
      </td>
    </tr>
  );
}
