// Package clientip finds the network address a request came from, believing only proxies that the
// operator named. Headers are written by whoever sends them: one that is believed too early lets
// everybody choose the address that limits count and the Audit Log shows.
package clientip

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// maxHops bounds the walk along X-Forwarded-For; no chain of real proxies is that long.
const maxHops = 32

// Finder finds addresses. The zero value believes no proxy. It is safe for concurrent use.
type Finder struct{ trusted []netip.Prefix }

// New returns a Finder that believes what proxies with the given addresses say about whom they
// forward for: addresses ("10.0.0.7") or networks ("10.0.0.0/8", "fd00::/8"). The error names the
// one that is neither.
func New(trusted []string) (Finder, error) {
	var f Finder
	for _, text := range trusted {
		text = strings.TrimSpace(text)
		if prefix, err := netip.ParsePrefix(text); err == nil {
			if prefix.Addr().Is4In6() {
				return Finder{}, fmt.Errorf("%q: write the IPv4 network as such", text)
			}
			f.trusted = append(f.trusted, prefix.Masked())
			continue
		}
		addr, err := netip.ParseAddr(text)
		if err != nil || addr.Zone() != "" {
			return Finder{}, fmt.Errorf("%q is neither an IP address nor a network such as 10.0.0.0/8", text)
		}
		addr = addr.Unmap()
		f.trusted = append(f.trusted, netip.PrefixFrom(addr, addr.BitLen()))
	}
	return f, nil
}

// From returns the address of whoever made r: the peer of the connection or, where that is a trusted
// proxy, the last address in X-Forwarded-For that is not one. Entries are read from the right, the
// side our own proxies write to; whatever stands left of the first stranger, or of something that is
// no address, is hearsay. IPv4 in IPv6 is plain IPv4; there is no zone. The zero Addr means that the
// connection has no network address, as over a Unix socket.
func (f Finder) From(r *http.Request) netip.Addr {
	found, ok := parse(r.RemoteAddr)
	if !ok {
		return netip.Addr{}
	}
	rest := slices.Clone(r.Header.Values("X-Forwarded-For")) // the request keeps its header
	for hop := 0; hop < maxHops && f.trusts(found) && len(rest) > 0; hop++ {
		// Several header lines are one list in the order of the lines (RFC 9110 §5.3).
		last := rest[len(rest)-1]
		comma := strings.LastIndexByte(last, ',')
		next, ok := parse(strings.TrimSpace(last[comma+1:]))
		if !ok {
			break
		}
		found = next
		if comma < 0 {
			rest = rest[:len(rest)-1]
		} else {
			rest[len(rest)-1] = last[:comma]
		}
	}
	return found
}

func (f Finder) trusts(addr netip.Addr) bool {
	return slices.ContainsFunc(f.trusted, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// parse reads an address with or without a port: proxies write both.
func parse(text string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	if err != nil {
		withPort, err := netip.ParseAddrPort(text)
		if err != nil {
			return netip.Addr{}, false
		}
		addr = withPort.Addr()
	}
	return addr.Unmap().WithZone(""), true
}

// Key returns what a limiter counts by: the address itself for IPv4, its /64 for IPv6, since every
// household and every rented server has at least that many addresses to itself. Requests without an
// address share one key, the zero Prefix.
func Key(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return prefix
}
