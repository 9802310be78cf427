import { useState } from "react";
import { useQuery } from "urql";
import { graphql, type VariablesOf } from "../../../shared/graphql/graphql";
import { useT } from "../../i18n";

const CountQuery = graphql(`
  query FamiliesCount($filter: FamilyFilter) {
    families(first: 1, filter: $filter) {
      totalCount
    }
  }
`);

/**
 * How many families there are. Counting looks at everything that it counts, and for a search that is as much work
 * as finding the page: so it waits until the page is there, and is left out where the page holds them all. Its place
 * is kept meanwhile. Give it the filter as its key: the number of another filter is never shown.
 */
export function Total(props: {
  filter: NonNullable<VariablesOf<typeof CountQuery>["filter"]>;
  /** The page that is shown, null until it has come. */
  page: { edges: readonly unknown[]; pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean } } | null;
}) {
  const t = useT();
  const { filter, page } = props;
  const searching = Boolean(filter.search);
  const [come, setCome] = useState(!searching);
  if (page && !come) setCome(true);
  const whole = searching && page && !page.pageInfo.hasNextPage && !page.pageInfo.hasPreviousPage;
  const [{ data }] = useQuery({ query: CountQuery, variables: { filter }, pause: !come || Boolean(whole) });
  const count = whole ? page.edges.length : data?.families.totalCount;
  return count === undefined ? "\u00a0" : t("families.count", { count });
}
