package markdown_test

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"officeportal/internal/policy/markdown"
)

func TestAPolicyReadsAsItIsWritten(t *testing.T) {
	got := markdown.HTML("# Risks\n\nI **understand** the *risks*.\n\n1. Falls\n2. Bruises\n\n- one\n- two\n\n> quoted\n\n---\n\n[rules](https://example.com/rules?a=1&b=2) and <mailto:office@example.com>\n\n`code` line  \nbreak")
	for _, want := range []string{
		"<h3>Risks</h3>", "<strong>understand</strong>", "<em>risks</em>", "<ol>", "<li>Falls</li>", "<ul>", "<blockquote>", "<hr", "<br",
		`href="https://example.com/rules?a=1&amp;b=2"`, `href="mailto:office@example.com"`, "noopener", "noreferrer", "<code>code</code>",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}

func TestHeadingsStayBelowThoseOfThePage(t *testing.T) {
	for level, want := range map[string]string{"# x": "<h3>x</h3>", "## x": "<h4>x</h4>", "### x": "<h5>x</h5>", "#### x": "<h6>x</h6>", "###### x": "<h6>x</h6>", "x\n==": "<h3>x</h3>"} {
		if got := strings.TrimSpace(markdown.HTML(level)); got != want {
			t.Errorf("%q became %q", level, got)
		}
	}
}

// attacks are texts that would run, load, or look like the page around them if they got through.
var attacks = []string{
	`<script>alert(1)</script>`,
	`<img src=x onerror=alert(1)>`,
	`<svg/onload=alert(1)>`,
	`<iframe src="https://evil.example"></iframe>`,
	`<a href="javascript:alert(1)">x</a>`,
	`[x](javascript:alert(1))`,
	`[x](JaVaScRiPt:alert(1))`,
	"[x](java\tscript:alert(1))",
	`[x](&#106;avascript:alert(1))`,
	`[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)`,
	`[x](vbscript:msgbox(1))`,
	`[x](file:///etc/passwd)`,
	`[x](//evil.example/x)`,
	`[x](/office/settings)`,
	`<javascript:alert(1)>`,
	`![x](https://evil.example/pixel.png)`,
	`![x](javascript:alert(1))`,
	`[![x](https://evil.example/p.png)](https://example.com)`,
	"[x]: javascript:alert(1)\n\n[x]",
	`<style>body{background:url(https://evil.example)}</style>`,
	`<link rel=stylesheet href=//evil.example/x.css>`,
	`<meta http-equiv=refresh content="0;url=https://evil.example">`,
	`<base href="https://evil.example/">`,
	`<form action="https://evil.example"><input name=password type=password></form>`,
	`<object data="x"></object><embed src="x">`,
	`<math><mtext></mtext><mglyph><style><img src=x onerror=alert(1)>`,
	"```html\n<script>alert(1)</script>\n```",
	"`<img src=x onerror=alert(1)>`",
	`<!--><img src=x onerror=alert(1)-->`,
	`<p style="position:fixed;top:0">x</p>`,
	`<p class="banner" id="app">x</p>`,
	`# x {#app onclick=alert(1)}`,
	`[x](https://example.com "onmouseover=alert(1)")`,
	`[x](https://example.com"onmouseover="alert(1))`,
	`[x](https://example.com/&quot;onmouseover=&quot;alert(1))`,
	`[a](<javascript:alert(1)>)`,
	"<a\nhref=\"javascript:alert(1)\">x</a>",
	`&lt;script&gt;alert(1)&lt;/script&gt;`,
	"\x00<script>alert(1)</script>",
	`<https://example.com/"onmouseover="alert(1)>`,
	strings.Repeat("[", 2000) + "x" + strings.Repeat("](javascript:alert(1))", 20),
	strings.Repeat("> ", 2000) + "x",
	strings.Repeat("*a_", 5000),
}

func TestNothingThatRunsOrLoadsGetsThrough(t *testing.T) {
	for _, text := range attacks {
		harmless(t, text)
	}
}

func FuzzNothingThatRunsOrLoadsGetsThrough(f *testing.F) {
	for _, text := range attacks {
		if len(text) < 500 {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) { harmless(t, text) })
}

var allowed = map[string][]string{
	"h3": nil, "h4": nil, "h5": nil, "h6": nil, "p": nil, "br": nil, "hr": nil, "ul": nil, "ol": {"start"}, "li": nil, "strong": nil, "em": nil,
	"blockquote": nil, "code": nil, "pre": nil, "a": {"href", "rel", "target"},
}

// harmless reads what comes out as a browser would.
func harmless(t *testing.T, text string) {
	t.Helper()
	out := markdown.HTML(text)
	doc, err := html.Parse(strings.NewReader("<!doctype html><body><main>" + out + "</main>"))
	if err != nil {
		t.Fatalf("%q became no HTML: %v", text, err)
	}
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.CommentNode {
			t.Errorf("%q leaves a comment in %q", text, out)
		}
		if n.Type == html.ElementNode && n.Data != "html" && n.Data != "head" && n.Data != "body" && n.Data != "main" {
			attributes, ok := allowed[n.Data]
			if !ok {
				t.Errorf("%q leaves <%s> in %q", text, n.Data, out)
			}
			for _, a := range n.Attr {
				if !strings.Contains(" "+strings.Join(attributes, " ")+" ", " "+a.Key+" ") {
					t.Errorf("%q leaves the attribute %s in %q", text, a.Key, out)
				}
				lower := strings.ToLower(a.Val)
				if a.Key == "href" && !strings.HasPrefix(lower, "https://") && !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "mailto:") {
					t.Errorf("%q leaves a link to %q", text, a.Val)
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(doc)
	if body := doc.LastChild.LastChild; body.FirstChild != body.LastChild || body.FirstChild.Data != "main" {
		t.Errorf("%q gets out of the place where it is shown: %q", text, out)
	}
}
