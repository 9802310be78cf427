import { X } from "lucide-react";
import { useQuery } from "urql";
import { Link, useLocation } from "wouter";
import { graphql } from "../../../shared/graphql/graphql";
import { SelectField, TextField } from "../../../shared/ui/Field";
import { useT } from "../../i18n";
import { Filters } from "../../parts/Filters";
import { type AuditParams, auditUrl } from "../../urls";
import { type AuditAction, auditGroups, channels, outcomes } from "./filter";

const groups = Object.entries(auditGroups) as [keyof typeof auditGroups, readonly AuditAction[]][];

/** All filters are in the URL. People and families are chosen by their names in the rows. */
export function AuditFilters(props: { params: AuditParams }) {
  const t = useT();
  const [, navigate] = useLocation();
  const { after: _, before: __, ...params } = props.params;
  const set = (key: keyof AuditParams) => (event: { target: { value: string } }) =>
    navigate(auditUrl({ ...params, [key]: event.target.value }), { replace: true });
  const chosen = (["actor", "guardian", "family"] as const).filter((key) => params[key]);
  const label = (text: string) => <span className="text-sm">{text}</span>;
  return (
    <search className="grid gap-3" aria-label={t("audit.filters")}>
      <Filters
        set={(["action", "channel", "outcome", "from", "to"] as const).filter((key) => params[key]).length}
        className="grid grid-cols-2 gap-3 md:grid-cols-3 xl:grid-cols-5"
      >
        <SelectField
          size="small"
          className="max-sm:col-span-2"
          label={label(t("audit.action"))}
          value={params.action ?? ""}
          onChange={set("action")}
        >
          <option value="">{t("audit.all")}</option>
          {groups.map(([group, actions]) => (
            <optgroup key={group} label={t(`audit.group.${group}`)}>
              {actions.map((action) => (
                <option key={action} value={action}>
                  {t(`audit.action.${action}`)}
                </option>
              ))}
            </optgroup>
          ))}
        </SelectField>
        <SelectField
          size="small"
          label={label(t("audit.channel"))}
          value={params.channel ?? ""}
          onChange={set("channel")}
        >
          <option value="">{t("audit.all")}</option>
          {channels.map((channel) => (
            <option key={channel} value={channel}>
              {t(`channel.${channel}`)}
            </option>
          ))}
        </SelectField>
        <SelectField
          size="small"
          label={label(t("audit.result"))}
          value={params.outcome ?? ""}
          onChange={set("outcome")}
        >
          <option value="">{t("audit.all")}</option>
          {outcomes.map((outcome) => (
            <option key={outcome} value={outcome}>
              {t(`outcome.${outcome}`)}
            </option>
          ))}
        </SelectField>
        <TextField
          size="small"
          className="max-[25rem]:col-span-2"
          label={label(t("audit.from"))}
          type="date"
          value={params.from ?? ""}
          onChange={set("from")}
        />
        <TextField
          size="small"
          className="max-[25rem]:col-span-2"
          label={label(t("audit.to"))}
          type="date"
          value={params.to ?? ""}
          onChange={set("to")}
        />
      </Filters>
      {chosen.length > 0 && (
        <ul className="flex flex-wrap gap-2">
          {chosen.map((key) => (
            <li key={key}>
              <Chip kind={key} id={params[key] ?? ""} url={auditUrl({ ...params, [key]: "" })} />
            </li>
          ))}
        </ul>
      )}
    </search>
  );
}

const NameQuery = graphql(`
  query AuditFilterName($id: ID!) {
    node(id: $id) {
      __typename
      id
      ... on Staff {
        name
      }
      ... on Guardian {
        name
      }
      ... on Family {
        name
      }
    }
  }
`);

/** One chosen person or family, and the way to take the filter off. */
function Chip(props: { kind: "actor" | "guardian" | "family"; id: string; url: string }) {
  const t = useT();
  const [{ data }] = useQuery({ query: NameQuery, variables: { id: props.id }, requestPolicy: "cache-first" });
  const node = data?.node;
  const name = node && "name" in node ? node.name : "…";
  const text = t(`audit.only.${props.kind}`, { name });
  return (
    <Link
      href={props.url}
      className="flag min-h-8 gap-1.5 px-3 text-sm"
      data-on="true"
      aria-label={t("audit.remove", { filter: text })}
    >
      {text}
      <X aria-hidden className="size-4" />
    </Link>
  );
}
