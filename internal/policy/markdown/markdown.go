// Package markdown turns the text of a policy into HTML that can be shown to anybody: headings, lists, emphasis,
// quotes and links. Nothing in it loads, runs or looks like a part of the page around it.
package markdown

import (
	"bytes"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// below is how many levels headings go down: the page has the first, the title of the policy the second.
const below = 2

// deepest is how many quotes, lists and the like may stand in each other; a browser draws no more than some hundred.
const deepest = 40

// The parser leaves raw HTML out of what it writes. What it writes is then read again by somebody who knows only what
// is allowed: whatever one of the two overlooks, the other does not.
var (
	parse = goldmark.New(goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(lower{}, 100))))
	allow = func() *bluemonday.Policy {
		p := bluemonday.NewPolicy()
		p.AllowElements("h3", "h4", "h5", "h6", "p", "br", "hr", "ul", "ol", "li", "strong", "em", "blockquote", "code", "pre")
		p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
		p.AllowAttrs("href").OnElements("a")
		p.AllowURLSchemes("http", "https", "mailto")
		p.AllowRelativeURLs(false)
		p.RequireParseableURLs(true)
		p.RequireNoReferrerOnLinks(true)
		p.AddTargetBlankToFullyQualifiedLinks(true) // with rel=noopener
		return p
	}()
)

// HTML returns the text as safe HTML. It never fails: what can't be shown is left out.
func HTML(markdown string) string {
	var out bytes.Buffer
	if err := parse.Convert([]byte(markdown), &out); err != nil {
		return "" // a bytes.Buffer takes everything
	}
	return allow.Sanitize(out.String())
}

// TooDeep reports whether quotes and lists stand in each other so deeply that HTML would leave some of the text out.
func TooDeep(markdown string) bool {
	deep := false
	walk(goldmark.DefaultParser().Parse(text.NewReader([]byte(markdown))), func(_ ast.Node, level int) bool {
		deep = deep || level > deepest
		return !deep
	})
	return deep
}

// walk visits a tree from the top; what visit returns false for is not entered.
func walk(doc ast.Node, visit func(n ast.Node, level int) bool) {
	level := 0
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			level--
			return ast.WalkContinue, nil
		}
		level++
		if !visit(n, level) {
			return ast.WalkSkipChildren, nil
		}
		return ast.WalkContinue, nil
	})
}

// lower moves headings down, and takes images away with what stands for them.
type lower struct{}

// Transform implements parser.ASTTransformer.
func (lower) Transform(doc *ast.Document, _ text.Reader, _ parser.Context) {
	var gone []ast.Node
	walk(doc, func(n ast.Node, level int) bool {
		heading, isHeading := n.(*ast.Heading)
		_, isImage := n.(*ast.Image)
		switch {
		case level > deepest || isImage:
			gone = append(gone, n)
			return false
		case isHeading:
			heading.Level = min(heading.Level+below, 6)
		}
		return true
	})
	for _, n := range gone {
		n.Parent().RemoveChild(n.Parent(), n)
	}
}
