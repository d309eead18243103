package files

import "net/http"

// Headers of other sites' pages, for browsers.
const (
	corsMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
	corsHeaders = "Authorization, Content-Type, If-Match, If-None-Match, If-Range, Range, Repr-Digest, Tus-Resumable, Upload-Checksum, " +
		"Upload-Defer-Length, Upload-Length, Upload-Metadata, Upload-Offset, X-HTTP-Method-Override, X-Requested-With"
	corsExposed = "Accept-Ranges, Content-Disposition, Content-Range, ETag, Location, Repr-Digest, Tus-Checksum-Algorithm, Tus-Extension, " +
		"Tus-Max-Size, Tus-Resumable, Tus-Version, Upload-Defer-Length, Upload-Expires, Upload-Length, Upload-Metadata, Upload-Offset"
)

// allowOrigin tells browsers that the pages of a listed origin may use the server. It reports
// whether that was all that was asked.
func (s *Server) allowOrigin(w http.ResponseWriter, r *http.Request) bool {
	h := w.Header()
	if len(s.origins) == 0 {
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		return false
	}
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if !s.origins[origin] {
		return false
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Credentials", "true")
	h.Set("Access-Control-Expose-Headers", corsExposed)
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", corsMethods)
	h.Set("Access-Control-Allow-Headers", corsHeaders)
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}
