import { createElement, Fragment, type ReactNode, useMemo } from "react";

/** What the text of a policy is made of; anything else is shown as the plain text in it. */
const kept = new Set(
  "p br hr strong em del blockquote code pre ul ol li table thead tbody tr th td h1 h2 h3 h4 h5 h6 a".split(" "),
);
const lowestHeading = 6;

/**
 * The text of a policy, as the server made it of Markdown. It is never put into the page as HTML: it is read in a
 * document of its own, in which nothing loads or runs, and built anew of a short list of elements with no attribute
 * but the address of a link and the number a list starts with. So a text can't run, load, style or imitate anything,
 * even if the server let something through.
 *
 * Headings begin below `under`, the level of the heading above the text. Links open beside the page, so that nobody
 * loses what was ticked or typed.
 */
export function PolicyText(props: { html: string; under: 1 | 2 | 3 | 4 }) {
  const { html, under } = props;
  const content = useMemo(() => {
    const { body } = new DOMParser().parseFromString(html, "text/html");
    const top = Math.min(...[...body.querySelectorAll("h1,h2,h3,h4,h5,h6")].map((h) => Number(h.tagName[1])));
    return childrenOf(body, under + 1 - top);
  }, [html, under]);
  return <div className="prose">{content}</div>;
}

function childrenOf(parent: Node, shift: number): ReactNode {
  return createElement(Fragment, null, ...[...parent.childNodes].map((node) => nodeOf(node, shift)));
}

function nodeOf(node: Node, shift: number): ReactNode {
  if (node.nodeType === Node.TEXT_NODE) return node.textContent;
  if (node.nodeType !== Node.ELEMENT_NODE) return null;
  const element = node as Element;
  const name = element.tagName.toLowerCase();
  if (name === "script" || name === "style" || name === "template") return null;
  const inside = childrenOf(element, shift);
  if (!kept.has(name)) return inside;
  if (name === "br" || name === "hr") return createElement(name);
  if (name === "a") return <PolicyLink href={element.getAttribute("href") ?? ""}>{inside}</PolicyLink>;
  if (name === "ol") return <ol start={Number(element.getAttribute("start") ?? 1) || 1}>{inside}</ol>;
  if (/^h\d$/.test(name)) return createElement(`h${Math.min(Number(name[1]) + shift, lowestHeading)}`, null, inside);
  return createElement(name, null, inside);
}

function PolicyLink(props: { href: string; children: ReactNode }) {
  if (!isSafe(props.href)) return props.children;
  return (
    <a className="link" href={props.href} target="_blank" rel="noopener noreferrer nofollow">
      {props.children}
    </a>
  );
}

/** Whole addresses of the web, of mail and of phones. Of our own pages a text knows nothing. */
function isSafe(href: string): boolean {
  try {
    return ["https:", "http:", "mailto:", "tel:"].includes(new URL(href).protocol);
  } catch {
    return false;
  }
}
