package ws

import (
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// A Code says why a connection is closed (RFC 6455, section 7.4). Applications have 3000 to
// 4999 for codes of their own.
type Code uint16

// The codes that have a meaning.
const (
	Normal         Code = 1000 // the purpose is fulfilled
	GoingAway      Code = 1001 // a server shuts down, or a browser leaves the page
	ProtocolError  Code = 1002
	Unsupported    Code = 1003 // a kind of message that is not accepted
	NoStatus       Code = 1005 // the other side gave no code; Close with it gives none
	Abnormal       Code = 1006 // the connection ended without a code; is never sent
	InvalidData    Code = 1007 // a text is no UTF-8, or a message cannot be inflated
	Policy         Code = 1008 // refused for a reason that no other code has
	TooLarge       Code = 1009
	NeedsExtension Code = 1010 // a client misses an extension in the handshake
	Internal       Code = 1011 // the server failed
	Restart        Code = 1012 // the server restarts
	TryLater       Code = 1013 // too much to do; a [Hub] closes slow members with it
	BadGateway     Code = 1014
)

var codeNames = map[Code]string{
	Normal: "normal", GoingAway: "going away", ProtocolError: "protocol error", Unsupported: "unsupported data",
	NoStatus: "no code", Abnormal: "no closing handshake", InvalidData: "invalid data", Policy: "policy violation",
	TooLarge: "message too large", NeedsExtension: "missing extension", Internal: "internal error",
	Restart: "service restart", TryLater: "try again later", BadGateway: "bad gateway",
}

// String returns the number and, for codes with one, the meaning.
func (c Code) String() string {
	number := strconv.Itoa(int(c))
	if name, ok := codeNames[c]; ok {
		return number + " (" + name + ")"
	}
	return number
}

// sendable reports whether the code may stand in a frame. The package gobwas/ws does not
// know the last three of those that IANA has registered, nor that there are none from 5000.
func (c Code) sendable() bool {
	switch c {
	case Restart, TryLater, BadGateway:
		return true
	}
	return c < 5000 && ws.CheckCloseFrameData(ws.StatusCode(c), "") == nil
}

// maxReason is how long a reason may be: what a control frame has room for beside the code.
const maxReason = ws.MaxControlFramePayloadSize - 2

// appendClose appends the body of a close frame. It is empty for a code that cannot be sent.
func appendClose(dst []byte, code Code, reason string) []byte {
	if !code.sendable() {
		return dst
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(code))
	return append(dst, clipped(reason)...)
}

// clipped returns the reason as UTF-8 that fits into a close frame.
func clipped(reason string) string {
	reason = strings.ToValidUTF8(reason, "\uFFFD")
	if len(reason) <= maxReason {
		return reason
	}
	n := maxReason
	for !utf8.RuneStart(reason[n]) {
		n--
	}
	return reason[:n]
}

// parseClose returns what the body of a close frame says, or what is wrong with it.
func parseClose(body []byte) (Code, string, error) {
	if len(body) == 0 {
		return NoStatus, "", nil
	}
	if len(body) == 1 {
		return 0, "", protocolError("a close frame with half a code")
	}
	n, reason := ws.ParseCloseFrameData(body)
	code := Code(n)
	if !code.sendable() {
		return 0, "", protocolError("close code " + strconv.Itoa(int(code)) + " is not for frames")
	}
	if !utf8.ValidString(reason) {
		return 0, "", errReason
	}
	return code, reason, nil
}
