import { useQuery } from "urql";
import { useSearch } from "wouter";
import { graphql } from "../../../shared/graphql/graphql";
import { Banner } from "../../../shared/ui/Banner";
import { PageTitle } from "../../../shared/ui/page";
import { Bone } from "../../../shared/ui/wait";
import { QueryView } from "../../api/QueryView";
import { useT } from "../../i18n";
import { Pager } from "../../parts/Pager";
import { pageVariables } from "../../parts/page-variables";
import { readPage, smsCreditsUrl } from "../../urls";
import { AddCredits } from "./AddCredits";
import { LedgerRow, LedgerRowFields } from "./LedgerRow";

const LedgerQuery = graphql(
  `
    query SmsLedger($first: Int, $after: String, $last: Int, $before: String) {
      smsAccount {
        id
        enabled
        balance
        held
        reserve
        low
        ledger(first: $first, after: $after, last: $last, before: $before) {
          pageInfo {
            hasNextPage
            hasPreviousPage
            startCursor
            endCursor
          }
          edges {
            cursor
            node {
              id
              ...LedgerRow
            }
          }
        }
      }
    }
  `,
  [LedgerRowFields],
);

export default function SmsCreditsScreen() {
  const t = useT();
  const page = readPage(new URLSearchParams(useSearch()));
  const query = useQuery({ query: LedgerQuery, variables: pageVariables(page) });
  const [, execute] = query;
  return (
    <div className="grid gap-5">
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <PageTitle>{t("credits.title")}</PageTitle>
        <AddCredits onAdded={() => execute({ requestPolicy: "network-only" })} />
      </div>
      <QueryView query={query} what={t("credits.title")} skeleton={<Skeleton />}>
        {({ smsAccount: { balance, enabled, held, ledger, low, reserve } }) => (
          <>
            {low && <Banner tone="warn">{t("credits.few", { count: balance })}</Banner>}
            {!enabled && <Banner tone="info">{t("credits.off")}</Banner>}
            <p className="sheet flex flex-wrap items-baseline gap-x-3 px-5 py-4">
              <span className="text-3xl font-semibold tracking-tight tabular-nums">{balance}</span>
              <span className="text-ink-soft">{t("credits.balance", { count: balance })}</span>
              {held > 0 && (
                <span className="basis-full text-sm text-ink-soft">{t("credits.held", { count: held })}</span>
              )}
              {reserve > 0 && (
                <span className="basis-full text-sm text-ink-soft">{t("credits.reserve", { count: reserve })}</span>
              )}
            </p>
            <h2 className="caption mt-2">{t("credits.ledger")}</h2>
            {ledger.edges.length === 0 ? (
              <p className="sheet p-6">{t("credits.empty")}</p>
            ) : (
              <div className="sheet overflow-hidden">
                <table className="records" role="table" aria-label={t("credits.ledger")}>
                  <thead role="rowgroup">
                    <tr role="row">
                      {(["time", "change", "after", "reason", "who", "guardian"] as const).map((column) => (
                        <th
                          key={column}
                          role="columnheader"
                          className={`caption ${column === "change" || column === "after" ? "number" : ""}`}
                        >
                          {t(`credits.${column}`)}
                        </th>
                      ))}
                    </tr>
                  </thead>
                  <tbody role="rowgroup">
                    {ledger.edges.map(({ node }) => (
                      <LedgerRow key={node.id} entry={node} />
                    ))}
                  </tbody>
                </table>
              </div>
            )}
            <Pager page={ledger.pageInfo} label={t("credits.pages")} url={smsCreditsUrl} />
          </>
        )}
      </QueryView>
    </div>
  );
}

function Skeleton() {
  return (
    <div className="grid gap-5">
      <Bone className="h-20" />
      <Bone className="h-72" />
    </div>
  );
}
