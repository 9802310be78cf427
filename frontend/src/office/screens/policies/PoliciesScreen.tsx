import { Plus } from "lucide-react";
import { useQuery } from "urql";
import { Link, useLocation, useSearch } from "wouter";
import { graphql, type ResultOf } from "../../../shared/graphql/graphql";
import { PageTitle } from "../../../shared/ui/page";
import { Bone } from "../../../shared/ui/wait";
import { QueryView } from "../../api/QueryView";
import { PermittedButton } from "../../parts/PermittedButton";
import { paths, policiesUrl } from "../../urls";
import { PolicyRow, PolicyRowFields } from "./PolicyRow";
import { useCounting } from "./use-counting";
import { usePoliciesWords } from "./words";

const PoliciesQuery = graphql(
  `
    query Policies($includeRetired: Boolean!) {
      policies(includeRetired: $includeRetired) {
        id
        counts {
          counting
        }
        ...PolicyRow
      }
    }
  `,
  [PolicyRowFields],
);

/** Every policy with its version and how many accepted it. */
export function PoliciesScreen() {
  const t = usePoliciesWords();
  const [, navigate] = useLocation();
  const retired = new URLSearchParams(useSearch()).get("retired") === "yes";
  const query = useQuery({ query: PoliciesQuery, variables: { includeRetired: retired } });
  const [{ data }, execute] = query;
  useCounting(data?.policies.some((policy) => policy.counts?.counting) ?? false, execute);
  return (
    <div className="grid gap-5">
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <PageTitle>{t("title")}</PageTitle>
        <PermittedButton kind="primary" needs="POLICIES_MANAGE" onClick={() => navigate(paths.newPolicy)}>
          <Plus aria-hidden className="size-4" />
          {t("new")}
        </PermittedButton>
      </div>
      <QueryView query={query} what={t("what")} skeleton={<Bone className="h-48" />}>
        {({ policies }) => <PolicyTable policies={policies} />}
      </QueryView>
      <p>
        <Link href={policiesUrl({ retired: !retired })} className="link text-[0.9375rem]" replace>
          {retired ? t("hideRetired") : t("showRetired")}
        </Link>
      </p>
    </div>
  );
}

function PolicyTable(props: { policies: ResultOf<typeof PoliciesQuery>["policies"] }) {
  const t = usePoliciesWords();
  if (props.policies.length === 0) {
    return (
      <div className="sheet grid gap-1 p-6">
        <p>{t("none")}</p>
        <p className="text-ink-soft">{t("noneHint")}</p>
      </div>
    );
  }
  return (
    <div className="sheet overflow-hidden">
      <table className="records" role="table" aria-label={t("title")}>
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" className="caption">
              {t("column")}
            </th>
            <th role="columnheader" className="caption">
              {t("columnVersion")}
            </th>
            {(["accepted", "manual", "missing"] as const).map((column) => (
              <th key={column} role="columnheader" className="caption number">
                {t(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {props.policies.map((policy) => (
            <PolicyRow key={policy.id} policy={policy} />
          ))}
        </tbody>
      </table>
    </div>
  );
}
