import { ChevronLeft, ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { useT } from "../i18n";

export interface PageInfo {
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  startCursor: string | null;
  endCursor: string | null;
}

/** Previous and Next; what can't be gone to is not there, so nothing looks usable that isn't. */
export function Pager(props: {
  page: PageInfo;
  label: string;
  url: (page: { after?: string; before?: string }) => string;
}) {
  const t = useT();
  const { page } = props;
  if (!page.hasNextPage && !page.hasPreviousPage) return null;
  return (
    <nav aria-label={props.label} className="flex justify-between gap-3">
      {page.hasPreviousPage && page.startCursor ? (
        <PageLink href={props.url({ before: page.startCursor })}>
          <ChevronLeft aria-hidden className="size-4" />
          {t("page.previous")}
        </PageLink>
      ) : (
        <span />
      )}
      {page.hasNextPage && page.endCursor && (
        <PageLink href={props.url({ after: page.endCursor })}>
          {t("page.next")}
          <ChevronRight aria-hidden className="size-4" />
        </PageLink>
      )}
    </nav>
  );
}

function PageLink(props: { href: string; children: ReactNode }) {
  return (
    <Link href={props.href} className="button" data-size="small" onClick={() => window.scrollTo({ top: 0 })}>
      {props.children}
    </Link>
  );
}
