package clientip

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

func TestFrom(t *testing.T) {
	for _, c := range []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"without proxies the peer counts", "198.51.100.7:4711", nil, "198.51.100.7"},
		{"a stranger's header is not believed", "198.51.100.7:4711", []string{"203.0.113.9"}, "198.51.100.7"},
		{"a trusted proxy is believed", "10.0.0.1:80", []string{"203.0.113.9"}, "203.0.113.9"},
		{"what the stranger put in front is not", "10.0.0.1:80", []string{"127.0.0.1, 10.9.9.9, 203.0.113.9"}, "203.0.113.9"},
		{"two trusted proxies in a row", "10.0.0.1:80", []string{"203.0.113.9, 10.0.0.2"}, "203.0.113.9"},
		{"several header lines are one list", "10.0.0.1:80", []string{"6.6.6.6, 203.0.113.9", "10.0.0.2"}, "203.0.113.9"},
		{"a stranger behind a stranger stays hidden", "10.0.0.1:80", []string{"203.0.113.9, 198.51.100.7, 10.0.0.2"}, "198.51.100.7"},
		{"only proxies: the farthest one", "10.0.0.1:80", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"a trusted proxy that says nothing", "10.0.0.1:80", nil, "10.0.0.1"},
		{"an empty header", "10.0.0.1:80", []string{""}, "10.0.0.1"},
		{"nonsense ends the walk", "10.0.0.1:80", []string{"203.0.113.9, unknown, 10.0.0.2"}, "10.0.0.2"},
		{"an empty entry ends the walk", "10.0.0.1:80", []string{"203.0.113.9, , 10.0.0.2"}, "10.0.0.2"},
		{"ports are dropped", "10.0.0.1:80", []string{"203.0.113.9:5555"}, "203.0.113.9"},
		{"IPv6 with port", "[fd00::1]:80", []string{"[2001:db8::9]:5555"}, "2001:db8::9"},
		{"IPv6 in brackets", "[fd00::1]:80", []string{"[2001:db8::9]"}, "2001:db8::9"},
		{"IPv6 bare", "[fd00::1]:80", []string{"2001:db8::9"}, "2001:db8::9"},
		{"IPv4 in IPv6 is IPv4, as a proxy too", "[::ffff:10.0.0.1]:80", []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		{"a zone is dropped", "[fe80::1%eth0]:80", nil, "fe80::1"},
		{"a single trusted address", "192.0.2.1:80", []string{"203.0.113.9"}, "203.0.113.9"},
		{"its neighbour is a stranger", "192.0.2.2:80", []string{"203.0.113.9"}, "192.0.2.2"},
		{"a Unix socket has no address", "@", []string{"203.0.113.9"}, "invalid IP"},
		{"a chain longer than any real one is cut", "10.0.0.1:80", []string{"203.0.113.9" + strings.Repeat(",10.0.0.2", 40)}, "10.0.0.2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			finder, err := New([]string{"10.0.0.0/8", " fd00::/8 ", "192.0.2.1"})
			if err != nil {
				t.Fatal(err)
			}
			r := &http.Request{RemoteAddr: c.peer, Header: http.Header{"X-Forwarded-For": c.forwarded}}
			before := strings.Join(c.forwarded, "|")
			if got := finder.From(r); got.String() != c.want {
				t.Fatalf("got %s, want %s", got, c.want)
			}
			if strings.Join(r.Header["X-Forwarded-For"], "|") != before {
				t.Fatal("the header of the request was changed")
			}
		})
	}
}

func TestTheZeroFinderBelievesNobody(t *testing.T) {
	r := &http.Request{RemoteAddr: "127.0.0.1:80", Header: http.Header{"X-Forwarded-For": {"203.0.113.9"}}}
	if got := (Finder{}).From(r); got.String() != "127.0.0.1" {
		t.Fatal(got)
	}
}

func TestNewRefusesWhatIsNoNetwork(t *testing.T) {
	for _, text := range []string{"", "proxy.example.com", "10.0.0.0/33", "10.0.0", "fe80::1%eth0", "::ffff:10.0.0.0/104"} {
		if _, err := New([]string{"10.0.0.1", text}); err == nil || !strings.Contains(err.Error(), `"`+text+`"`) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestKey(t *testing.T) {
	for _, c := range []struct{ name, addr, want string }{
		{"an IPv4 address stands for itself", "203.0.113.9", "203.0.113.9/32"},
		{"also when written as IPv6", "::ffff:203.0.113.9", "203.0.113.9/32"},
		{"IPv6 counts by /64", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
		{"a zone makes no difference", "fe80::1%eth0", "fe80::/64"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Key(netip.MustParseAddr(c.addr)); got.String() != c.want {
				t.Fatal(got)
			}
		})
	}
	if Key(netip.Addr{}) != (netip.Prefix{}) {
		t.Error("requests without an address must share one key")
	}
}

func FuzzFrom(f *testing.F) {
	f.Add("10.0.0.1:80", "6.6.6.6, [2001:db8::9]:1", "10.0.0.2")
	f.Add("[fe80::1%eth0]:80", "", "::ffff:1.2.3.4")
	f.Fuzz(func(t *testing.T, peer, first, second string) {
		finder, err := New([]string{"10.0.0.0/8", "fd00::/8"})
		if err != nil {
			t.Fatal(err)
		}
		got := finder.From(&http.Request{RemoteAddr: peer, Header: http.Header{"X-Forwarded-For": {first, second}}})
		direct, _ := parse(peer)
		switch {
		case got.Zone() != "" || got.Is4In6():
			t.Fatalf("%s is not in its plain form", got)
		case !finder.trusts(direct) && got != direct:
			t.Fatalf("a stranger, %s, passed for %s", direct, got)
		case got.IsValid() && !Key(got).Contains(got):
			t.Fatalf("%s is counted as %s", got, Key(got))
		}
	})
}
