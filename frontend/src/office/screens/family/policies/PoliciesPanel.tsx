import { useEffect, useRef } from "react";
import { useQuery } from "urql";
import { Link } from "wouter";
import { Bone } from "../../../../shared/ui/wait";
import { QueryView } from "../../../api/QueryView";
import { policiesUrl, policyUrl } from "../../../urls";
import { FamilyPoliciesQuery, readFamilyPolicies } from "./fields";
import { PolicyLine } from "./PolicyLine";
import { usePanelWords } from "./words";

/** What the family has accepted and what is missing; read again whenever its guardians or students change. */
export default function PoliciesPanel(props: { familyId: string /** Changes with the family. */; signature: string }) {
  const t = usePanelWords();
  const query = useQuery({ query: FamilyPoliciesQuery, variables: { id: props.familyId } });
  const [, execute] = query;
  const seen = useRef(props.signature);
  useEffect(() => {
    if (seen.current === props.signature) return;
    seen.current = props.signature;
    execute({ requestPolicy: "network-only" });
  }, [props.signature, execute]);

  return (
    <section aria-labelledby="policies" className="grid content-start gap-3">
      <h2 id="policies" className="caption">
        {t("title")}
      </h2>
      <div className="sheet px-4 py-1 sm:px-5">
        <QueryView query={query} what={t("title")} skeleton={<Skeleton />}>
          {({ node }) => {
            if (node?.__typename !== "Family") return null;
            const { groups, guardians } = readFamilyPolicies(node);
            if (groups.length === 0) {
              return (
                <p className="py-3 text-[0.9375rem] text-ink-soft">
                  {t("none")}{" "}
                  <Link href={policiesUrl()} className="link">
                    {t("toPolicies")}
                  </Link>
                </p>
              );
            }
            return (
              <ul>
                {groups.map((group) => (
                  <li key={group.policyId} className="grid gap-2 border-b border-line py-3 last:border-0">
                    <div>
                      <h3 className="text-[0.9375rem] font-semibold">
                        <Link href={policyUrl(group.policyId)} className="hover:underline">
                          {group.title}
                        </Link>
                      </h3>
                      <p className="text-sm text-ink-soft">
                        {t("version", { number: group.number })}
                        {!group.required && ` · ${t("optional")}`}
                      </p>
                    </div>
                    {group.lines.map((line) => (
                      <PolicyLine key={line.key} line={line} guardians={guardians} />
                    ))}
                  </li>
                ))}
              </ul>
            );
          }}
        </QueryView>
      </div>
    </section>
  );
}

function Skeleton() {
  return (
    <div className="grid gap-4 py-3">
      {[0, 1].map((row) => (
        <Bone key={row} className="h-14" />
      ))}
    </div>
  );
}
