// Package frontend holds the built single-page apps. It compiles without them: a stub page then says how
// to build them.
package frontend

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files returns the build: office.html, portal.html and assets with hashed names. It is empty when the
// front end was not built.
func Files() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the directory is embedded above
	}
	return sub
}
