import { ChevronLeft, ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { useQuery } from "urql";
import { Link } from "wouter";
import { graphql } from "../../../shared/graphql/graphql";
import { useT } from "../../i18n";
import { type FamilyParams, familyUrl } from "../../urls";

const NeighboursQuery = graphql(`
  query FamilyNeighbours($at: String!, $filter: FamilyFilter, $orderBy: FamilyOrder!) {
    next: families(first: 1, after: $at, filter: $filter, orderBy: $orderBy) {
      edges {
        cursor
        node {
          id
          name
        }
      }
    }
    previous: families(last: 1, before: $at, filter: $filter, orderBy: $orderBy) {
      edges {
        cursor
        node {
          id
          name
        }
      }
    }
  }
`);

/** The families before and after this one, in the list it was opened from, also beyond its page. */
export function Neighbours(props: { params: FamilyParams }) {
  const t = useT();
  const { at, after: _, before: __, ...list } = props.params;
  const [{ data }] = useQuery({
    query: NeighboursQuery,
    pause: !at,
    requestPolicy: "cache-first",
    variables: {
      at: at ?? "",
      filter: {
        search: list.search ?? null,
        anyCanLogIn: list.canLogIn ?? null,
        missingAcceptance: list.policiesMissing ?? null,
        archived: list.archived ?? false,
      },
      orderBy: list.order ?? "NAME_ASC",
    },
  });
  const previous = data?.previous.edges[0];
  const next = data?.next.edges[0];
  if (!at || (!previous && !next)) return null;
  const url = (edge: { cursor: string; node: { id: string } }) => familyUrl(edge.node.id, { ...list, at: edge.cursor });
  return (
    <nav aria-label={t("family.neighbours")} className="flex gap-2">
      {previous && (
        <Neighbour href={url(previous)} label={t("family.previousNamed", { name: previous.node.name })}>
          <ChevronLeft aria-hidden className="size-4" />
          {t("page.previous")}
        </Neighbour>
      )}
      {next && (
        <Neighbour href={url(next)} label={t("family.nextNamed", { name: next.node.name })}>
          {t("page.next")}
          <ChevronRight aria-hidden className="size-4" />
        </Neighbour>
      )}
    </nav>
  );
}

function Neighbour(props: { href: string; label: string; children: ReactNode }) {
  return (
    <Link href={props.href} className="button" data-size="small" aria-label={props.label} title={props.label}>
      {props.children}
    </Link>
  );
}
