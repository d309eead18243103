package ws

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/gobwas/httphead"
	"github.com/gobwas/ws/wsflate"

	"github.com/fanfold/fanfold/netx/ws/internal/deflate"
)

// What a client offers and a server answers. Context takeover is left out, since it costs
// memory for as long as a connection lives: some 800 kB for each that sends, and 32 KiB for
// each that receives. A client lets the server choose a smaller window for what it sends.
const (
	deflateAnswer = wsflate.ExtensionName + "; server_no_context_takeover; client_no_context_takeover"
	deflateOffer  = deflateAnswer + "; client_max_window_bits"
)

var errExtensions = errors.New("malformed extensions")

// extensions parses the header fields with extensions.
func extensions(fields []string) ([]httphead.Option, error) {
	var all []httphead.Option
	for _, field := range fields {
		var ok bool
		if all, ok = httphead.ParseOptions([]byte(field), all); !ok {
			return nil, errExtensions
		}
	}
	return all, nil
}

// choose returns the answer to the first offer that can be accepted, and the bits of the
// window for what the server sends; or "" and 0.
func choose(offers []httphead.Option) (answer string, bits int) {
	for _, offer := range offers {
		p, err := parameters(offer)
		if err != nil {
			continue
		}
		if p.ServerMaxWindowBits.Defined() {
			bits := int(p.ServerMaxWindowBits)
			return deflateAnswer + "; server_max_window_bits=" + strconv.Itoa(bits), bits
		}
		return deflateAnswer, deflate.MaxBits
	}
	return "", 0
}

// agreed returns the bits of the window for what a client sends, after the server's answer
// to an offer, or to none; 0 means no compression.
func agreed(answers []httphead.Option, offered bool) (bits int, err error) {
	switch {
	case len(answers) == 0:
		return 0, nil
	case !offered || len(answers) > 1:
		return 0, errors.New("an extension that was not offered")
	}
	p, err := parameters(answers[0])
	switch {
	case err != nil:
		return 0, err
	case !p.ServerNoContextTakeover:
		return 0, errors.New("the server insists on context takeover")
	case p.ClientMaxWindowBits == 1:
		return 0, errors.New("client_max_window_bits without a value")
	case p.ClientMaxWindowBits.Defined():
		return int(p.ClientMaxWindowBits), nil
	}
	return deflate.MaxBits, nil
}

// parameters returns those of permessage-deflate. What wsflate lets pass and RFC 7692,
// section 7.1, does not is checked here: the same name twice, and numbers that begin with 0.
func parameters(o httphead.Option) (p wsflate.Parameters, err error) {
	if string(o.Name) != wsflate.ExtensionName {
		return p, errors.New("an extension that was not offered: " + strconv.Quote(string(o.Name)))
	}
	seen := map[string]bool{}
	o.Parameters.ForEach(func(name, value []byte) bool {
		if seen[string(name)] || value != nil && (len(value) == 0 || bytes.HasPrefix(value, []byte("0"))) {
			err = errors.New("a parameter that is not allowed: " + strconv.Quote(string(name)))
		}
		seen[string(name)] = true
		return err == nil
	})
	if err != nil {
		return p, err
	}
	if err = p.Parse(o); err != nil {
		return p, errors.New(strings.TrimPrefix(err.Error(), "wsflate: "))
	}
	return p, nil
}
