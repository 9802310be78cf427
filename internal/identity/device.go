package identity

import (
	"strings"

	"github.com/mileusna/useragent"
)

// Device is what a browser says it is. Empty parts are not known.
type Device struct{ Browser, System string }

// systems are the names people know, where the parser has others.
var systems = map[string]string{useragent.IOS: "iPhone", useragent.MacOS: "Mac", useragent.ChromeOS: "Chromebook"}

// DeviceOf reads a User-Agent header. Anybody can send any: it helps people to tell their own devices apart and
// decides nothing.
func DeviceOf(agent string) Device {
	ua := useragent.Parse(agent)
	d := Device{Browser: ua.Name, System: ua.OS}
	if name, ok := systems[ua.OS]; ok {
		d.System = name
	}
	if ua.OS == useragent.IOS && ua.Tablet {
		d.System = "iPad"
	}
	if d.Browser == agent || strings.ContainsAny(d.Browser, "/;()<>") || len(d.Browser) > 40 { // it parses whatever it does not know as a name
		d.Browser = ""
	}
	return d
}
