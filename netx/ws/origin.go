package ws

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// sameOrigin reports whether a request may connect: it is from no page of a browser, or from
// one of the host that it is sent to, or of one of the sites. (http.CrossOriginProtection
// lets every GET pass, and a handshake is one.)
func sameOrigin(r *http.Request, sites []string) bool {
	origins := r.Header["Origin"]
	if len(origins) == 0 {
		return true
	}
	if len(origins) > 1 {
		return false
	}
	u, err := url.Parse(origins[0])
	if err != nil || u.Host == "" || !strings.EqualFold(origins[0], u.Scheme+"://"+u.Host) {
		return slices.Contains(sites, "*") // "null", for one, of a page without a host
	}
	host := bareHost(u.Scheme, u.Host)
	if host == bareHost(u.Scheme, r.Host) {
		return true
	}
	return slices.ContainsFunc(sites, func(site string) bool {
		scheme, pattern, ok := strings.Cut(site, "://")
		if !ok {
			scheme, pattern = u.Scheme, site
		}
		return site == "*" || strings.EqualFold(scheme, u.Scheme) && matches(bareHost(scheme, pattern), host)
	})
}

// matches reports whether the host is the one of the pattern, or below it for "*.".
func matches(pattern, host string) bool {
	if below, ok := strings.CutPrefix(pattern, "*"); ok && strings.HasPrefix(below, ".") {
		return len(host) > len(below) && strings.HasSuffix(host, below)
	}
	return pattern == host
}

// bareHost returns a host in lower case, and without the port that the scheme implies.
func bareHost(scheme, host string) string {
	host = strings.ToLower(host)
	switch strings.ToLower(scheme) {
	case "http", "ws":
		host = strings.TrimSuffix(host, ":80")
	case "https", "wss":
		host = strings.TrimSuffix(host, ":443")
	}
	return host
}
