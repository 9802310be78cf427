import { ChevronDown } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import { Link } from "wouter";
import { type FragmentOf, graphql, type ResultOf, readFragment } from "../../../shared/graphql/graphql";
import { useWords } from "../../../shared/i18n/words";
import { TimeText } from "../../../shared/time/TimeText";
import { useT } from "../../i18n";
import { OutcomeMark } from "../../parts/OutcomeMark";
import { type AuditParams, auditUrl, familyUrl } from "../../urls";
import { detailName, detailValue, detailWords } from "./detail-words";

export const AuditRowFields = graphql(`
  fragment AuditRow on AuditEntry {
    id
    action
    outcome
    summary
    occurredAt
    ipAddress
    userAgent
    requestId
    actor {
      __typename
      ... on Staff {
        id
        name
      }
      ... on Guardian {
        id
        name
      }
      ... on SystemActor {
        name
      }
    }
    family {
      id
      name
    }
    details {
      key
      before
      after
    }
  }
`);

/** One entry; its details open below it. */
export function AuditRow(props: { entry: FragmentOf<typeof AuditRowFields>; filters: AuditParams }) {
  const t = useT();
  const entry = readFragment(AuditRowFields, props.entry);
  const [open, setOpen] = useState(false);
  const id = useId();
  const { actor, family } = entry;
  return (
    <>
      <tr role="row">
        <td role="cell" className="whitespace-nowrap max-sm:text-sm max-sm:text-ink-soft">
          <TimeText at={entry.occurredAt} />
        </td>
        <td role="cell" className="sm:whitespace-nowrap" data-label={t("audit.who")}>
          {actor.__typename === "SystemActor" ? (
            <span className="text-ink-soft">{actor.name}</span>
          ) : (
            <Link
              className="text-accent hover:underline"
              href={auditUrl({ ...props.filters, actor: actor.id })}
              title={t("audit.only.actor", { name: actor.name })}
            >
              {actor.name}
            </Link>
          )}
        </td>
        <td role="cell" data-label={t("audit.what")}>
          {entry.summary}
        </td>
        <td role="cell" data-label={family ? t("audit.family") : undefined}>
          {family && (
            <Link className="text-accent hover:underline" href={familyUrl(family.id)}>
              {family.name}
            </Link>
          )}
        </td>
        <td role="cell" className="text-sm whitespace-nowrap">
          <OutcomeMark outcome={entry.outcome} words />
        </td>
        <td role="cell" className="max-sm:absolute max-sm:top-0.5 max-sm:right-1.5 sm:!px-1.5 sm:!py-px">
          <button
            type="button"
            className="button"
            data-size="icon"
            aria-expanded={open}
            aria-controls={id}
            aria-label={t("audit.detailsOf", { what: entry.summary })}
            onClick={() => setOpen(!open)}
          >
            <ChevronDown aria-hidden className={`size-5 transition-[rotate] ${open ? "rotate-180" : ""}`} />
          </button>
        </td>
      </tr>
      {open && (
        <tr role="row" id={id}>
          <td role="cell" colSpan={6} className="bg-page max-sm:bg-transparent">
            <Details entry={entry} />
          </td>
        </tr>
      )}
    </>
  );
}

function Details(props: { entry: ResultOf<typeof AuditRowFields> }) {
  const t = useT();
  const say = useWords(detailWords);
  const { entry } = props;
  return (
    <dl className="grid gap-2 py-1 text-sm">
      <Fact name={t("audit.time")}>
        <TimeText at={entry.occurredAt} style="full" />
      </Fact>
      {entry.details.map((detail) => (
        <Fact key={detail.key} name={detailName(detail.key, say)}>
          {detail.before && (
            <>
              <span className="sr-only">{t("audit.before")}: </span>
              <del className="text-ink-soft">{detailValue(detail.before, say)}</del> <span aria-hidden>→ </span>
              <span className="sr-only">{t("audit.after")}: </span>
            </>
          )}
          {detail.after ? detailValue(detail.after, say) : detail.before ? t("conflict.empty") : ""}
        </Fact>
      ))}
      {entry.ipAddress && <Fact name={t("audit.address")}>{entry.ipAddress}</Fact>}
      {entry.userAgent && <Fact name={t("audit.device")}>{entry.userAgent}</Fact>}
      {entry.requestId && <Fact name={t("audit.reference")}>{entry.requestId}</Fact>}
    </dl>
  );
}

function Fact(props: { name: string; children: ReactNode }) {
  return (
    <div className="grid gap-x-4 sm:grid-cols-[11rem_1fr]">
      <dt className="text-ink-soft">{props.name}</dt>
      <dd className="min-w-0">{props.children}</dd>
    </div>
  );
}
