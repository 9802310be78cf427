import { useQuery } from "urql";
import { Link, useSearch } from "wouter";
import { graphql, type ResultOf } from "../../../shared/graphql/graphql";
import { PageTitle } from "../../../shared/ui/page";
import { Bone } from "../../../shared/ui/wait";
import { QueryView } from "../../api/QueryView";
import { useT } from "../../i18n";
import { Pager } from "../../parts/Pager";
import { pageVariables } from "../../parts/page-variables";
import { type FamiliesParams, familiesUrl, familyUrl, readFamilyParams } from "../../urls";
import { AddFamily } from "./AddFamily";
import { FamilyFilters } from "./FamilyFilters";
import { FamilyRow, FamilyRowFields } from "./FamilyRow";
import { Total } from "./Total";

const FamiliesQuery = graphql(
  `
    query Families(
      $first: Int
      $after: String
      $last: Int
      $before: String
      $filter: FamilyFilter
      $orderBy: FamilyOrder!
    ) {
      families(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
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
            ...FamilyRow
          }
        }
      }
    }
  `,
  [FamilyRowFields],
);

export function FamiliesScreen() {
  const t = useT();
  const { at: _, ...params } = readFamilyParams(useSearch());
  const filter = {
    search: params.search ?? null,
    anyCanLogIn: params.canLogIn ?? null,
    missingAcceptance: params.policiesMissing ?? null,
    archived: params.archived ?? false,
  };
  const query = useQuery({
    query: FamiliesQuery,
    variables: { ...pageVariables(params), filter, orderBy: params.order ?? "NAME_ASC" },
  });
  const [{ data, fetching, stale }] = query;
  return (
    <div className="grid gap-5">
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3 sm:items-center">
        <div className="sm:flex sm:items-baseline sm:gap-x-3">
          <PageTitle>{t("families.title")}</PageTitle>
          {/* Said after every search: the place stays, what is in it changes. */}
          <p aria-live="polite" className="text-ink-soft tabular-nums">
            <Total
              key={JSON.stringify(filter)}
              filter={filter}
              page={fetching || stale ? null : (data?.families ?? null)}
            />
          </p>
        </div>
        <AddFamily />
      </div>
      <FamilyFilters params={params} />
      <QueryView query={query} what={t("families.title")} skeleton={<Skeleton />}>
        {(data) => <FamilyList data={data} params={params} />}
      </QueryView>
    </div>
  );
}

function FamilyList(props: { data: ResultOf<typeof FamiliesQuery>; params: FamiliesParams }) {
  const t = useT();
  const { edges, pageInfo } = props.data.families;
  const { params } = props;
  if (edges.length === 0) return <Empty params={params} />;
  return (
    <>
      <div className="sheet overflow-hidden">
        <table className="records" data-labels="none" role="table" aria-label={t("families.title")}>
          <thead role="rowgroup">
            <tr role="row">
              <th role="columnheader" className="caption">
                {t("families.family")}
              </th>
              <th role="columnheader" className="caption">
                {t("families.guardians")}
              </th>
              <th role="columnheader" className="caption">
                {t("families.contact")}
              </th>
              <th role="columnheader" className="caption">
                {t("families.policies")}
              </th>
              <th role="columnheader">
                <span className="sr-only">{t("action.edit")}</span>
              </th>
            </tr>
          </thead>
          <tbody role="rowgroup">
            {edges.map(({ node, cursor }) => (
              <FamilyRow key={node.id} family={node} href={familyUrl(node.id, { ...params, at: cursor })} />
            ))}
          </tbody>
        </table>
      </div>
      <Pager page={pageInfo} label={t("families.pages")} url={(page) => familiesUrl(turnTo(params, page))} />
    </>
  );
}

/** The same list at another page. */
function turnTo(params: FamiliesParams, page: { after?: string; before?: string }): FamiliesParams {
  const { after: _, before: __, ...kept } = params;
  return { ...kept, ...page };
}

function Empty(props: { params: FamiliesParams }) {
  const t = useT();
  const { search, canLogIn, policiesMissing, archived, order } = props.params;
  const kept = order ? { order } : {};
  return (
    <div className="sheet grid justify-items-start gap-3 p-6">
      {search ? (
        <>
          <p>{t("families.noMatch", { search })}</p>
          <Link href={familiesUrl(turnTo({ ...props.params, search: "" }, {}))} className="link">
            {t("families.clearSearch")}
          </Link>
        </>
      ) : canLogIn !== undefined || policiesMissing !== undefined || archived ? (
        <>
          <p>{t("families.noFilterMatch")}</p>
          <Link href={familiesUrl(kept)} className="link">
            {t("families.clearFilters")}
          </Link>
        </>
      ) : (
        <>
          <p>{t("families.empty")}</p>
          <p className="text-ink-soft">{t("families.emptyHint")}</p>
        </>
      )}
    </div>
  );
}

function Skeleton() {
  return (
    <div className="sheet">
      {[0, 1, 2, 3, 4, 5, 6, 7].map((row) => (
        <div key={row} className="flex gap-6 border-b border-line p-4 last:border-0">
          <Bone className="h-5 w-1/4" />
          <Bone className="h-5 w-1/3" />
          <Bone className="h-5 w-1/5" />
        </div>
      ))}
    </div>
  );
}
