import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { PolicyText } from "./PolicyText";

const shown = (html: string) => render(<PolicyText html={html} under={2} />).container.innerHTML;

describe("the text of a policy", () => {
  it("keeps paragraphs, lists, emphasis and headings, which begin below the one above", () => {
    expect(shown("<h1>Risks</h1><p>Some <strong>bold</strong><br>text</p><h2>More</h2><ul><li>one</li></ul>")).toBe(
      '<div class="prose"><h3>Risks</h3><p>Some <strong>bold</strong><br>text</p><h4>More</h4><ul><li>one</li></ul></div>',
    );
  });

  it("does not skip a level when the text begins with a small heading, nor go below the sixth", () => {
    shown("<h3>First</h3><h6>Second</h6>");
    expect(screen.getByRole("heading", { name: "First", level: 3 })).toBeTruthy();
    expect(screen.getByRole("heading", { name: "Second", level: 6 })).toBeTruthy();
  });

  it("keeps the number a list starts with", () => {
    expect(shown('<ol start="4"><li>four</li></ol>')).toContain('<ol start="4">');
  });

  it("opens links beside the page and tells other sites nothing", () => {
    shown('<p><a href="https://example.com/rules">rules</a></p>');
    const link = screen.getByRole("link", { name: "rules" });
    expect(link.getAttribute("target")).toBe("_blank");
    expect(link.getAttribute("rel")).toContain("noreferrer");
  });

  it.each([
    "javascript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "/office",
    "//example.com",
    " javascript:alert(1)",
    "",
  ])("makes no link of %s", (href) => {
    expect(shown(`<p><a href="${href}">press</a></p>`)).toBe('<div class="prose"><p>press</p></div>');
  });

  it("shows nothing that loads, runs, styles or asks, even if the server let it through", () => {
    const html = shown(
      `<p onclick="x()" style="color:red" class="button" id="content">text<script>alert(1)</script>
        <img src="x" onerror="x()"><style>p{}</style></p>
        <form action="/x"><input name="password"><button>Sign in</button></form>`,
    );
    expect(html.replace(/\s+/g, "")).toBe('<divclass="prose"><p>text</p>Signin</div>');
  });

  it("makes nothing of drawings", () => {
    expect(shown('<p>text<svg><circle r="4"></circle></svg></p>')).toBe('<div class="prose"><p>text</p></div>');
  });

  it("shows what looks like HTML as text", () => {
    expect(shown("<p>&lt;b&gt;not bold&lt;/b&gt;</p>")).toBe(
      '<div class="prose"><p>&lt;b&gt;not bold&lt;/b&gt;</p></div>',
    );
  });
});
