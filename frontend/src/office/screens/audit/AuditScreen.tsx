import { useQuery } from "urql";
import { Link, useSearch } from "wouter";
import { graphql, type ResultOf } from "../../../shared/graphql/graphql";
import { nextDay, startOfDay } from "../../../shared/time/format";
import { useTimeZone } from "../../../shared/time/zone";
import { PageTitle } from "../../../shared/ui/page";
import { Bone } from "../../../shared/ui/wait";
import { QueryView } from "../../api/QueryView";
import { useT } from "../../i18n";
import { ConfirmIdentity } from "../../identity/confirm";
import { Pager } from "../../parts/Pager";
import { pageVariables } from "../../parts/page-variables";
import { type AuditParams, auditUrl, readAuditParams } from "../../urls";
import { AuditFilters } from "./AuditFilters";
import { AuditRow, AuditRowFields } from "./AuditRow";
import { ExportButton } from "./export/ExportButton";
import { filterOf } from "./filter";
import { NewEntries } from "./NewEntries";

const AuditQuery = graphql(
  `
    query AuditLog($first: Int, $after: String, $last: Int, $before: String, $filter: AuditFilter) {
      auditEntries(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
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
            ...AuditRow
          }
        }
      }
    }
  `,
  [AuditRowFields],
);

/** Who did what, newest first. Nothing here can be changed. */
export default function AuditScreen() {
  const t = useT();
  const timeZone = useTimeZone();
  const params = readAuditParams(useSearch());
  const filter = filterOf(params, (date) => startOfDay(date, timeZone).toISOString(), nextDay);
  const query = useQuery({ query: AuditQuery, variables: { ...pageVariables(params), filter } });
  const [{ data }, execute] = query;
  const firstPage = !params.after && !params.before;
  return (
    <div className="grid gap-5">
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <PageTitle>{t("audit.title")}</PageTitle>
        <ConfirmIdentity>
          <ExportButton filter={filter} />
        </ConfirmIdentity>
      </div>
      <AuditFilters params={params} />
      {firstPage && data && (
        <NewEntries
          filter={filter}
          newest={data.auditEntries.edges[0]?.node.id ?? null}
          onShow={() => execute({ requestPolicy: "network-only" })}
        />
      )}
      <QueryView query={query} what={t("audit.title")} skeleton={<Skeleton />}>
        {(found) => <Entries data={found} params={params} />}
      </QueryView>
    </div>
  );
}

function Entries(props: { data: ResultOf<typeof AuditQuery>; params: AuditParams }) {
  const t = useT();
  const { edges, pageInfo } = props.data.auditEntries;
  const { after: _, before: __, ...filters } = props.params;
  if (edges.length === 0) {
    return (
      <div className="sheet grid justify-items-start gap-3 p-6">
        <p>{t("audit.empty")}</p>
        <Link href={auditUrl()} className="link">
          {t("audit.clear")}
        </Link>
      </div>
    );
  }
  return (
    <>
      <div className="sheet overflow-hidden">
        <table className="records" role="table" aria-label={t("audit.title")}>
          <thead role="rowgroup">
            <tr role="row">
              {(["time", "who", "what", "family", "result"] as const).map((column) => (
                <th key={column} role="columnheader" className="caption">
                  {t(`audit.${column}`)}
                </th>
              ))}
              <th role="columnheader">
                <span className="sr-only">{t("audit.details")}</span>
              </th>
            </tr>
          </thead>
          <tbody role="rowgroup">
            {edges.map(({ node }) => (
              <AuditRow key={node.id} entry={node} filters={filters} />
            ))}
          </tbody>
        </table>
      </div>
      <Pager page={pageInfo} label={t("audit.pages")} url={(page) => auditUrl({ ...filters, ...page })} />
    </>
  );
}

function Skeleton() {
  return (
    <div className="sheet">
      {[0, 1, 2, 3, 4, 5, 6, 7].map((row) => (
        <div key={row} className="flex gap-6 border-b border-line p-4 last:border-0">
          <Bone className="h-5 w-1/6" />
          <Bone className="h-5 w-1/2" />
          <Bone className="h-5 w-1/6" />
        </div>
      ))}
    </div>
  );
}
