import { useEffect, useRef } from "react";
import { useQuery } from "urql";
import { Link, useSearch } from "wouter";
import { graphql } from "../../../shared/graphql/graphql";
import { Bone } from "../../../shared/ui/wait";
import { QueryView } from "../../api/QueryView";
import { Pager } from "../../parts/Pager";
import { pageVariables } from "../../parts/page-variables";
import { familyUrl, policyUrl, readPage } from "../../urls";
import { usePoliciesWords } from "./words";

const perPage = 25;

const MissingQuery = graphql(`
  query PolicyMissing($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    node(id: $id) {
      __typename
      ... on Policy {
        id
        missing(first: $first, after: $after, last: $last, before: $before) {
          pageInfo {
            hasNextPage
            hasPreviousPage
            startCursor
            endCursor
          }
          edges {
            cursor
            node {
              family {
                id
                name
              }
              student {
                id
                name
              }
            }
          }
        }
      }
    }
  }
`);

/** Who has not accepted, in the order of family names, a page at a time; the page is in the URL. */
export function Missing(props: {
  policyId: string;
  required: boolean;
  /** Changes with the counts: then the list is another one, too. */
  signature: string;
}) {
  const t = usePoliciesWords();
  const page = readPage(new URLSearchParams(useSearch()));
  const query = useQuery({ query: MissingQuery, variables: { id: props.policyId, ...pageVariables(page, perPage) } });
  const [, execute] = query;
  const seen = useRef(props.signature);
  useEffect(() => {
    if (seen.current === props.signature) return;
    seen.current = props.signature;
    execute({ requestPolicy: "network-only" });
  }, [props.signature, execute]);
  return (
    <section aria-labelledby="missing" className="grid gap-3">
      <h2 id="missing" className="caption">
        {t("whoMissing")}
      </h2>
      {props.required ? (
        <QueryView query={query} what={t("whoMissing")} skeleton={<Bone className="h-40" />}>
          {({ node }) => {
            if (node?.__typename !== "Policy") return null;
            const { edges, pageInfo } = node.missing;
            if (edges.length === 0) return <p className="sheet p-4 text-ink-soft sm:px-5">{t("nobodyMissing")}</p>;
            return (
              <>
                <ul className="sheet px-4 sm:px-5">
                  {edges.map(({ cursor, node: { family, student } }) => (
                    <li key={cursor} className="border-b border-line py-2.5 text-[0.9375rem] last:border-0">
                      <Link href={familyUrl(family.id)} className="link font-medium">
                        {family.name}
                      </Link>
                      {student && <span className="block text-sm text-ink-soft">{student.name}</span>}
                    </li>
                  ))}
                </ul>
                <Pager page={pageInfo} label={t("pages")} url={(to) => policyUrl(props.policyId, to)} />
              </>
            );
          }}
        </QueryView>
      ) : (
        <p className="sheet p-4 text-ink-soft sm:px-5">{t("notRequired")}</p>
      )}
    </section>
  );
}
