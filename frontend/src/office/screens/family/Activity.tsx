import { useEffect, useRef } from "react";
import { useQuery } from "urql";
import { Link } from "wouter";
import { graphql } from "../../../shared/graphql/graphql";
import { TimeText } from "../../../shared/time/TimeText";
import { Bone } from "../../../shared/ui/wait";
import { QueryView } from "../../api/QueryView";
import { useT } from "../../i18n";
import { OutcomeMark } from "../../parts/OutcomeMark";
import { auditUrl } from "../../urls";

const ActivityQuery = graphql(`
  query FamilyActivity($id: ID!) {
    node(id: $id) {
      __typename
      ... on Family {
        id
        guardians {
          id
          name
        }
        activity(first: 10) {
          edges {
            cursor
            node {
              id
              outcome
              summary
              occurredAt
            }
          }
        }
      }
    }
  }
`);

/** The newest ten entries of the Audit Log about this family, read again whenever the family changes. */
export function Activity(props: { familyId: string /** Changes with the family. */; signature: string }) {
  const t = useT();
  const query = useQuery({ query: ActivityQuery, variables: { id: props.familyId } });
  const [, execute] = query;
  const seen = useRef(props.signature);
  useEffect(() => {
    if (seen.current === props.signature) return;
    seen.current = props.signature;
    execute({ requestPolicy: "network-only" });
  }, [props.signature, execute]);

  const node = query[0].data?.node;
  const guardians = node?.__typename === "Family" ? node.guardians : [];
  return (
    <section aria-labelledby="activity" className="grid content-start gap-3">
      <h2 id="activity" className="caption">
        {t("family.activity")}
      </h2>
      <div className="sheet px-4 py-1 sm:px-5">
        <QueryView query={query} what={t("family.activity")} skeleton={<Skeleton />}>
          {({ node }) => {
            const entries = node?.__typename === "Family" ? node.activity.edges.map((edge) => edge.node) : [];
            if (entries.length === 0) return <p className="py-3 text-ink-soft">{t("family.noActivity")}</p>;
            return (
              <ol>
                {entries.map((entry) => (
                  <li key={entry.id} className="border-b border-line py-3 text-sm last:border-0">
                    <p className="flex gap-2">
                      <OutcomeMark outcome={entry.outcome} />
                      <span className="min-w-0">{entry.summary}</span>
                    </p>
                    <p className="mt-0.5 pl-6 text-ink-soft">
                      <TimeText at={entry.occurredAt} />
                    </p>
                  </li>
                ))}
              </ol>
            );
          }}
        </QueryView>
      </div>
      <ul className="grid justify-items-start gap-2 text-[0.9375rem]">
        <li>
          <Link href={auditUrl({ family: props.familyId })} className="link">
            {t("family.showAll")}
          </Link>
        </li>
        {guardians.map(({ id, name }) => (
          <li key={id}>
            <Link href={auditUrl({ guardian: id })} className="link">
              {t("family.showAllOf", { name })}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Skeleton() {
  return (
    <div className="grid gap-4 py-3">
      {[0, 1, 2].map((row) => (
        <Bone key={row} className="h-9" />
      ))}
    </div>
  );
}
