import { createContext, type ReactNode, use, useEffect, useRef } from "react";
import { useT } from "../i18n/i18n";

/** The business in the document title, after the page's name. */
export const PageOwner = createContext("");

/** Names the page and the business; screen readers hear it first. On errors it starts with "Error:". */
export function useDocumentTitle(title: string, failed = false): void {
  const owner = use(PageOwner);
  const t = useT();
  const words = failed ? t("page.errorTitle", { title }) : title;
  useEffect(() => {
    document.title = owner ? `${words} - ${owner}` : words;
  }, [words, owner]);
}

/** While something on the page is wrong, its title begins with "Error:". */
export function useErrorTitle(wrong: boolean): void {
  const t = useT();
  useEffect(() => {
    if (!wrong) return;
    const before = document.title;
    const marked = t("page.errorTitle", { title: before });
    document.title = marked;
    return () => {
      if (document.title === marked) document.title = before;
    };
  }, [wrong, t]);
}

let firstPage = true;

/**
 * The heading of a page. It takes focus when the page appears after a click on a link, not on the first load,
 * where the browser starts at the top anyway.
 */
export function PageTitle(props: { children: ReactNode; title?: string; failed?: boolean; className?: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useDocumentTitle(props.title ?? String(props.children), props.failed);
  useEffect(() => {
    if (!firstPage) heading.current?.focus();
    firstPage = false;
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1} className={`title ${props.className ?? ""}`}>
      {props.children}
    </h1>
  );
}
