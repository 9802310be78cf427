import { ChevronLeft } from "lucide-react";
import { useCallback } from "react";
import { useQuery } from "urql";
import { Link, useLocation } from "wouter";
import { type FragmentOf, readFragment } from "../../../shared/graphql/graphql";
import { useLanguage } from "../../../shared/i18n/i18n";
import { PolicyText } from "../../../shared/policy/PolicyText";
import { Banner } from "../../../shared/ui/Banner";
import { PageTitle } from "../../../shared/ui/page";
import { Bone } from "../../../shared/ui/wait";
import { QueryView } from "../../api/QueryView";
import { PermittedButton } from "../../parts/PermittedButton";
import { newPolicyVersionUrl, policiesUrl } from "../../urls";
import { PolicyFields, PolicyQuery, VersionFields } from "./fields";
import { Missing } from "./Missing";
import { RetirePolicy } from "./RetirePolicy";
import { useCounting } from "./use-counting";
import { Versions } from "./Versions";
import { usePoliciesWords } from "./words";

/** One policy: its text, its versions, how many accepted, and who has not. */
export function PolicyScreen(props: { id: string }) {
  const t = usePoliciesWords();
  const query = useQuery({ query: PolicyQuery, variables: { id: props.id } });
  const [, execute] = query;
  const refresh = useCallback(() => execute({ requestPolicy: "network-only" }), [execute]);
  return (
    <div className="grid gap-6">
      <BackLink />
      <QueryView query={query} what={t("what")} skeleton={<Bone className="h-72" />}>
        {({ node }) =>
          node?.__typename === "Policy" ? (
            <Policy policy={node} refresh={refresh} />
          ) : (
            <PageTitle failed>{t("gone")}</PageTitle>
          )
        }
      </QueryView>
    </div>
  );
}

export function BackLink() {
  const t = usePoliciesWords();
  return (
    <p className="-mb-3">
      <Link
        href={policiesUrl()}
        className="-ml-1.5 inline-flex min-h-9 items-center gap-1 rounded-box pr-2 text-[0.9375rem] text-accent hover:underline"
      >
        <ChevronLeft aria-hidden className="size-4" />
        {t("back")}
      </Link>
    </p>
  );
}

function Policy(props: { policy: FragmentOf<typeof PolicyFields>; refresh: () => void }) {
  const t = usePoliciesWords();
  const { locale } = useLanguage();
  const [, navigate] = useLocation();
  const policy = readFragment(PolicyFields, props.policy);
  const { counts } = policy;
  useCounting(counts?.counting ?? false, props.refresh);
  const versions = policy.versions.map((version) => readFragment(VersionFields, version));
  // Before the first version is in effect its text is what there is to see.
  const shown = versions.find((version) => version.id === policy.current?.id) ?? versions[0];
  const number = (value: number) => new Intl.NumberFormat(locale).format(value);
  return (
    <>
      <header className="grid gap-3">
        <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
          <div>
            <PageTitle>{policy.title}</PageTitle>
            <p className="text-ink-soft">
              {t(policy.required ? "required" : "optional")} · {t(policy.scope)}
            </p>
          </div>
          <div className="flex flex-wrap gap-3">
            {!policy.retired && (
              <PermittedButton
                kind="primary"
                needs="POLICIES_MANAGE"
                onClick={() => navigate(newPolicyVersionUrl(policy.id))}
              >
                {t("publish")}
              </PermittedButton>
            )}
            <RetirePolicy policy={policy} onChanged={props.refresh} />
          </div>
        </div>
        {policy.retired && <Banner tone="info">{t("isRetired")}</Banner>}
      </header>
      {counts && (
        <dl className="sheet grid grid-cols-3 divide-x divide-line">
          {(
            [
              ["accepted", counts.accepted],
              ["manual", counts.manuallyAccepted],
              ["missing", counts.missing],
            ] as const
          ).map(([name, value]) => (
            <div key={name} className="flex min-w-0 flex-col-reverse justify-end px-3 py-3 sm:px-5">
              <dt className="text-sm text-ink-soft">{t(name)}</dt>
              <dd className="text-2xl font-semibold tracking-tight tabular-nums">
                {name === "missing" && counts.counting ? (
                  <span className="text-base font-normal">{t("counting")}</span>
                ) : (
                  number(value)
                )}
              </dd>
            </div>
          ))}
        </dl>
      )}
      <div className="grid items-start gap-8 xl:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="grid gap-8">
          {shown && (
            <section aria-labelledby="text" className="grid gap-3">
              <h2 id="text" className="caption">
                {t("text")}
              </h2>
              <div className="sheet p-4 sm:p-6">
                <PolicyText html={shown.bodyHtml} under={2} />
              </div>
            </section>
          )}
          <Versions versions={versions} current={policy.current?.number ?? 0} />
        </div>
        {!policy.retired && (
          <Missing policyId={policy.id} required={policy.required} signature={JSON.stringify(counts)} />
        )}
      </div>
    </>
  );
}
