import { ChevronLeft } from "lucide-react";
import { useCallback } from "react";
import { useQuery } from "urql";
import { Link } from "wouter";
import { type FragmentOf, readFragment } from "../../../shared/graphql/graphql";
import { PageTitle } from "../../../shared/ui/page";
import { Bone } from "../../../shared/ui/wait";
import { QueryView } from "../../api/QueryView";
import { policyUrl } from "../../urls";
import { Editor } from "./Editor";
import { PolicyFields, PolicyQuery, VersionFields } from "./fields";
import { BackLink } from "./PolicyScreen";
import { usePoliciesWords } from "./words";

/** The editor of a new version, which begins with the newest text there is. */
export function NewVersion(props: { id: string }) {
  const t = usePoliciesWords();
  const query = useQuery({ query: PolicyQuery, variables: { id: props.id }, requestPolicy: "network-only" });
  const [, execute] = query;
  const refresh = useCallback(() => execute({ requestPolicy: "network-only" }), [execute]);
  return (
    <QueryView query={query} what={t("what")} skeleton={<Bone className="h-72" />}>
      {({ node }) =>
        node?.__typename === "Policy" ? (
          <Version policy={node} refresh={refresh} />
        ) : (
          <div className="grid gap-5">
            <BackLink />
            <PageTitle failed>{t("gone")}</PageTitle>
          </div>
        )
      }
    </QueryView>
  );
}

function Version(props: { policy: FragmentOf<typeof PolicyFields>; refresh: () => void }) {
  const t = usePoliciesWords();
  const policy = readFragment(PolicyFields, props.policy);
  const versions = policy.versions.map((version) => readFragment(VersionFields, version));
  const newest = versions[0];
  return (
    <div className="grid gap-5">
      <p>
        <Link
          href={policyUrl(policy.id)}
          className="-ml-1.5 inline-flex min-h-9 items-center gap-1 rounded-box pr-2 text-[0.9375rem] text-accent hover:underline"
        >
          <ChevronLeft aria-hidden className="size-4 flex-none" />
          {policy.title}
        </Link>
      </p>
      <PageTitle>{t("edit", { title: policy.title })}</PageTitle>
      <Editor
        policy={{
          id: policy.id,
          title: policy.title,
          scope: policy.scope,
          required: policy.required,
          version: policy.version,
          number: newest?.number ?? 0,
          bodyMarkdown: newest?.bodyMarkdown ?? "",
          bodyHtml: newest?.bodyHtml ?? "",
        }}
        onStale={props.refresh}
      />
    </div>
  );
}
