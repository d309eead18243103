package ws

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/netx/ws/internal/deflate"
)

// A rawRow is a stream of frames, and what has to become of it.
type rawRow struct {
	section string // of RFC 6455, or of RFC 7692 for those that begin with z
	name    string
	in      []raw
	want    string // the messages, and the last error: "t:hello b:xx 1000"
	control string // what is sent back, with | between
	limit   int
	plain   bool // without compression negotiated, also in the rows of RFC 7692
}

const (
	hello = "Hello"
	// Of RFC 7692, section 7.2.3.1.
	zHello = "\xf2\x48\xcd\xc9\xc9\x07\x00"
)

func fails(code Code) string { return fmt.Sprintf("fail:%d", code) }

var (
	long126   = strings.Repeat("x", 126)
	long65536 = strings.Repeat("y", 65536)
	bye       = closing(Normal, "")
)

var rawRows = []rawRow{
	{section: "5.1", name: "the mask is missing, or too much", in: []raw{{first: text1, payload: hello, mask: true}}, want: fails(ProtocolError)},
	{section: "5.2", name: "RSV1", in: []raw{{first: 0xc1, payload: hello}}, want: fails(ProtocolError)},
	{section: "5.2", name: "RSV2", in: []raw{{first: 0xa1, payload: hello}}, want: fails(ProtocolError)},
	{section: "5.2", name: "RSV3", in: []raw{{first: 0x91, payload: hello}}, want: fails(ProtocolError)},
	{section: "5.2", name: "RSV of a control frame", in: []raw{{first: 0xc9, payload: hello}}, want: fails(ProtocolError)},
	{section: "5.2", name: "opcode 3", in: []raw{{first: 0x83}}, want: fails(ProtocolError)},
	{section: "5.2", name: "opcode 7", in: []raw{{first: 0x87, payload: hello}}, want: fails(ProtocolError)},
	{section: "5.2", name: "opcode 11", in: []raw{{first: 0x8b}}, want: fails(ProtocolError)},
	{section: "5.2", name: "opcode 15", in: []raw{{first: 0x8f, payload: hello}}, want: fails(ProtocolError)},
	{section: "5.2", name: "length of 16 bits", in: []raw{{first: text1, payload: long126}, bye}, want: "t:" + long126 + " 1000", control: "close 1000 (normal) "},
	{section: "5.2", name: "length of 64 bits", in: []raw{{first: bin1, payload: long65536}, bye}, want: "b:" + long65536 + " 1000", control: "close 1000 (normal) "},
	{section: "5.2", name: "length with the highest bit", in: []raw{{first: bin1, length: 1 << 63, form: 64}}, want: fails(ProtocolError)},
	{section: "5.2", name: "length of 16 bits that needs 7", in: []raw{{first: bin1, payload: hello, form: 16}}, want: fails(ProtocolError)},
	{section: "5.2", name: "length of 64 bits that needs 16", in: []raw{{first: bin1, payload: long126, form: 64}}, want: fails(ProtocolError)},
	{section: "5.3", name: "masks go on in each frame by themselves", in: []raw{{first: text0, payload: "Hel"}, {first: cont1, payload: "lo"}, bye}, want: "t:Hello 1000", control: "close 1000 (normal) "},
	{section: "5.4", name: "two fragments", in: []raw{{first: text0, payload: "Hel"}, {first: cont1, payload: "lo"}, {first: bin1, payload: "\x00"}, bye}, want: "t:Hello b:\x00 1000", control: "close 1000 (normal) "},
	{section: "5.4", name: "empty fragments", in: []raw{{first: text0}, {first: cont0}, {first: cont0, payload: "x"}, {first: cont1}, bye}, want: "t:x 1000", control: "close 1000 (normal) "},
	{section: "5.4", name: "nothing in fragments", in: []raw{{first: bin0}, {first: cont1}, bye}, want: "b: 1000", control: "close 1000 (normal) "},
	{section: "5.4", name: "control frames between fragments", in: []raw{{first: text0, payload: "Hel"}, {first: ping1, payload: "p"}, {first: cont0, payload: "l"}, {first: pong1}, {first: cont1, payload: "o"}, bye}, want: "t:Hello 1000", control: "pong p|close 1000 (normal) "},
	{section: "5.4", name: "nothing to continue", in: []raw{{first: cont1, payload: hello}}, want: fails(ProtocolError)},
	{section: "5.4", name: "nothing to continue any more", in: []raw{{first: text0, payload: "a"}, {first: cont1, payload: "b"}, {first: cont0, payload: "c"}}, want: "t:ab " + fails(ProtocolError)},
	{section: "5.4", name: "a message within another", in: []raw{{first: text0, payload: "a"}, {first: text1, payload: "b"}}, want: fails(ProtocolError)},
	{section: "5.4", name: "a close within a message", in: []raw{{first: text0, payload: "a"}, bye}, want: "1000", control: "close 1000 (normal) "},
	{section: "5.5", name: "a control frame in fragments", in: []raw{{first: 0x09, payload: "a"}, {first: cont1, payload: "b"}}, want: fails(ProtocolError)},
	{section: "5.5", name: "a control frame of 126 bytes", in: []raw{{first: ping1, payload: long126}}, want: fails(ProtocolError)},
	{section: "5.5", name: "a close of 126 bytes", in: []raw{{first: close1, payload: long126}}, want: fails(ProtocolError)},
	{section: "5.5.1", name: "close without a code", in: []raw{{first: close1}}, want: "1005", control: "close 0 "},
	{section: "5.5.1", name: "close with half a code", in: []raw{{first: close1, payload: "\x03"}}, want: fails(ProtocolError)},
	{section: "5.5.1", name: "frames behind a close", in: []raw{bye, {first: text1, payload: "late"}, {first: ping1}}, want: "1000", control: "close 1000 (normal) "},
	{section: "5.5.2", name: "ping", in: []raw{{first: ping1}, {first: ping1, payload: long126[1:]}, bye}, want: "1000", control: "pong |pong " + long126[1:] + "|close 1000 (normal) "},
	{section: "5.5.3", name: "pong nobody asked for", in: []raw{{first: pong1, payload: "x"}, {first: pong1, payload: "12345678"}, {first: text1, payload: "a"}, bye}, want: "t:a 1000", control: "close 1000 (normal) "},
	{section: "5.6", name: "text and binary", in: []raw{{first: text1, payload: "κόσμε"}, {first: bin1, payload: "\xff\x00"}, bye}, want: "t:κόσμε b:\xff\x00 1000", control: "close 1000 (normal) "},
	{section: "5.6", name: "messages of nothing", in: []raw{{first: text1}, {first: bin1}, bye}, want: "t: b: 1000", control: "close 1000 (normal) "},
	{section: "5.7", name: "the examples", in: []raw{{first: text1, payload: hello}, {first: text0, payload: "Hel"}, {first: cont1, payload: "lo"}, {first: ping1, payload: hello}, {first: pong1, payload: hello}, {first: bin1, payload: long126 + long126 + "abcd"}, bye}, want: "t:Hello t:Hello b:" + long126 + long126 + "abcd 1000", control: "pong Hello|close 1000 (normal) "},
	{section: "5.8", name: "an extension that was not negotiated", in: []raw{{first: zipped1, payload: zHello}}, want: fails(ProtocolError)},
	{section: "7.1.5", name: "the code arrives", in: []raw{closing(4999, "")}, want: "4999", control: "close 4999 "},
	{section: "7.1.6", name: "the reason arrives", in: []raw{closing(GoingAway, "over and out")}, want: "1001:over and out", control: "close 1001 (going away) "},
	{section: "7.1.6", name: "the longest reason", in: []raw{closing(Normal, long126[:123])}, want: "1000:" + long126[:123], control: "close 1000 (normal) "},
	{section: "7.4.1", name: "1003", in: []raw{closing(Unsupported, "")}, want: "1003", control: "close 1003 (unsupported data) "},
	{section: "7.4.1", name: "1004", in: []raw{closing(1004, "")}, want: fails(ProtocolError)},
	{section: "7.4.1", name: "1005", in: []raw{closing(NoStatus, "")}, want: fails(ProtocolError)},
	{section: "7.4.1", name: "1006", in: []raw{closing(Abnormal, "")}, want: fails(ProtocolError)},
	{section: "7.4.1", name: "1015", in: []raw{closing(1015, "")}, want: fails(ProtocolError)},
	{section: "7.4.2", name: "0", in: []raw{closing(0, "")}, want: fails(ProtocolError)},
	{section: "7.4.2", name: "999", in: []raw{closing(999, "")}, want: fails(ProtocolError)},
	{section: "7.4.2", name: "1012 to 1014, which IANA has", in: []raw{closing(TryLater, "")}, want: "1013", control: "close 1013 (try again later) "},
	{section: "7.4.2", name: "1016", in: []raw{closing(1016, "")}, want: fails(ProtocolError)},
	{section: "7.4.2", name: "2999", in: []raw{closing(2999, "")}, want: fails(ProtocolError)},
	{section: "7.4.2", name: "3000", in: []raw{closing(3000, "")}, want: "3000", control: "close 3000 "},
	{section: "7.4.2", name: "5000", in: []raw{closing(5000, "")}, want: fails(ProtocolError)},
	{section: "8.1", name: "bad UTF-8", in: []raw{{first: text1, payload: "a\xffb"}}, want: fails(InvalidData)},
	{section: "8.1", name: "a surrogate", in: []raw{{first: text1, payload: "\xed\xa0\x80"}}, want: fails(InvalidData)},
	{section: "8.1", name: "cut off", in: []raw{{first: text1, payload: "\xce\xba\xe1\xbd"}}, want: fails(InvalidData)},
	{section: "8.1", name: "a character in two fragments", in: []raw{{first: text0, payload: "\xe1"}, {first: cont0, payload: "\xbd"}, {first: cont1, payload: "\xb9"}, bye}, want: "t:\u1f79 1000", control: "close 1000 (normal) "},
	{section: "8.1", name: "cut off by the end of the fragments", in: []raw{{first: text0, payload: "\xe1"}, {first: cont1}}, want: fails(InvalidData)},
	{section: "8.1", name: "bad before the end of a fragment has come", in: []raw{{first: text0, payload: "\xf4\x90", length: 1000}}, want: fails(InvalidData)},
	{section: "8.1", name: "bad reason", in: []raw{closing(Normal, "\xff")}, want: fails(InvalidData)},
	{section: "10.4", name: "a frame beyond the limit", in: []raw{{first: text1, payload: "1234", length: 11}}, limit: 10, want: fails(TooLarge)},
	{section: "10.4", name: "fragments beyond the limit", in: []raw{{first: text0, payload: "1234567"}, {first: cont1, payload: "", length: 4}}, limit: 10, want: fails(TooLarge)},
	{section: "10.4", name: "the largest length", in: []raw{{first: bin1, length: 1<<63 - 1, form: 64}}, want: fails(TooLarge)},
	{section: "10.4", name: "at the limit", in: []raw{{first: text1, payload: "1234567890"}, bye}, limit: 10, want: "t:1234567890 1000", control: "close 1000 (normal) "},

	{section: "z5", name: "plain messages go on", in: []raw{{first: text1, payload: hello}, bye}, want: "t:Hello 1000", control: "close 1000 (normal) "},
	{section: "z6", name: "RSV1 of a continuation", in: []raw{{first: zipped0, payload: zHello[:3]}, {first: 0xc0, payload: zHello[3:]}}, want: fails(ProtocolError)},
	{section: "z6", name: "RSV1 of a control frame", in: []raw{{first: 0xc9}}, want: fails(ProtocolError)},
	{section: "z6", name: "RSV2 beside it", in: []raw{{first: 0xe1, payload: zHello}}, want: fails(ProtocolError)},
	{section: "z6", name: "RSV1 without negotiation", plain: true, in: []raw{{first: zipped1, payload: zHello}}, want: fails(ProtocolError)},
	{section: "z6.2", name: "the next message is not compressed", in: []raw{{first: zipped0, payload: zHello[:3]}, {first: cont1, payload: zHello[3:]}, {first: text0, payload: "a"}, {first: cont1, payload: "b"}, bye}, want: "t:Hello t:ab 1000", control: "close 1000 (normal) "},
	{section: "z7.2.2", name: "no deflate data", in: []raw{{first: zipped1, payload: "\xff\xff\xff"}}, want: fails(InvalidData)},
	{section: "z7.2.2", name: "cut off in a block", in: []raw{{first: zipped1, payload: "\x00\xff\x00\x00\xffabc"}}, want: fails(InvalidData)},
	{section: "z7.2.2", name: "bad UTF-8 inside", in: []raw{{first: zipped1, payload: "\x00\x02\x00\xfd\xff\xc3\x28\x00"}}, want: fails(InvalidData)},
	{section: "z7.2.2", name: "UTF-8 cut off inside", in: []raw{{first: zipped1, payload: "\x00\x01\x00\xfe\xff\xc3\x00"}}, want: fails(InvalidData)},
	{section: "z7.2.3.1", name: "one block", in: []raw{{first: zipped1, payload: zHello}, bye}, want: "t:Hello 1000", control: "close 1000 (normal) "},
	{section: "z7.2.3.1", name: "one block in fragments, a ping between", in: []raw{{first: zipped0, payload: zHello[:3]}, {first: ping1}, {first: cont1, payload: zHello[3:]}, bye}, want: "t:Hello 1000", control: "pong |close 1000 (normal) "},
	{section: "z7.2.3.2", name: "a window of the message before, which was declined", in: []raw{{first: zipped1, payload: zHello}, {first: zipped1, payload: "\xf2\x00\x11\x00\x00"}}, want: "t:Hello " + fails(InvalidData)},
	{section: "z7.2.3.3", name: "a block without compression", in: []raw{{first: zipped1, payload: "\x00\x05\x00\xfa\xffHello\x00"}, bye}, want: "t:Hello 1000", control: "close 1000 (normal) "},
	{section: "z7.2.3.4", name: "a last block", in: []raw{{first: zipped1, payload: "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"}, bye}, want: "t:Hello 1000", control: "close 1000 (normal) "},
	{section: "z7.2.3.4", name: "a last block in the middle", in: []raw{{first: zipped1, payload: "\xf3\x48\xcd\xc9\xc9\x07\x00" + zHello}, bye}, want: "t:HelloHello 1000", control: "close 1000 (normal) "},
	{section: "z7.2.3.5", name: "two blocks", in: []raw{{first: zipped1, payload: "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"}, bye}, want: "t:Hello 1000", control: "close 1000 (normal) "},
	{section: "z7.2.3.6", name: "nothing", in: []raw{{first: zipped1, payload: "\x00"}, {first: zipped1}, bye}, want: "t: t: 1000", control: "close 1000 (normal) "},
	{section: "z8", name: "too large after inflation", in: []raw{{first: 0xc2, payload: zipped(strings.Repeat("z", 1000))}}, limit: 999, want: fails(TooLarge)},
	{section: "z8", name: "at the limit after inflation", in: []raw{{first: 0xc2, payload: zipped("0123456789")}, bye}, limit: 10, want: "b:0123456789 1000", control: "close 1000 (normal) "},
	{section: "z8", name: "too large before inflation", in: []raw{{first: 0xc2, length: 2000}}, limit: 999, want: fails(TooLarge)},
}

// zipped returns s as a compressed message has it.
func zipped(s string) string {
	b, err := deflate.Append(context.Background(), nil, []byte(s), deflate.MaxBits, true)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// The ways to read a stream of messages.
var rawReads = map[string]func(context.Context, *Conn) (Message, error){
	"Read": func(ctx context.Context, c *Conn) (Message, error) { return c.Read(ctx) },
	"Reader": func(ctx context.Context, c *Conn) (Message, error) {
		kind, r, err := c.Reader(ctx)
		if err != nil {
			return Message{}, err
		}
		data, err := io.ReadAll(iotest.HalfReader(r))
		return Message{kind, data}, err
	},
}

// Every row, on both sides, with the stream in one piece, cut at every byte, and with a Read
// that is canceled where it is cut.
func TestRawFrames(t *testing.T) {
	for _, row := range rawRows {
		for _, client := range []bool{false, true} {
			side := "server"
			if client {
				side = "client"
			}
			for way, read := range rawReads {
				t.Run(row.section+" "+row.name+"/"+side+"/"+way, func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						stream := encoded(row.in, !client)
						for cut := 0; cut < len(stream); cut++ {
							if cut == 24 && len(stream) > 100 { // behind the first head, and long
								cut = len(stream) - 24
							}
							row.run(t, client, stream, cut, false, read)
							if way == "Read" { // the rest of a message whose Reader is canceled is skipped
								row.run(t, client, stream, cut, true, read)
							}
						}
					})
				})
			}
		}
	}
}

// run sends a stream that is cut at one place, and checks what comes out.
func (row rawRow) run(t *testing.T, client bool, stream []byte, cut int, cancels bool, read func(context.Context, *Conn) (Message, error)) {
	bits := 0
	if strings.HasPrefix(row.section, "z") && !row.plain {
		bits = deflate.MaxBits
	}
	c, peer := ends(client, bits, Options{MaxMessage: row.limit})
	var writing sync.WaitGroup
	defer writing.Wait()
	defer peer.Close()
	defer c.CloseNow()
	got := make(chan received, 1)
	go func() { got <- frames(peer, client) }()
	first, cancel := context.WithCancel(t.Context())
	defer cancel()
	writing.Go(func() {
		peer.Write(stream[:cut]) // fails when the Conn has seen enough
		if cancels {
			synctest.Wait()
			cancel()
		}
		peer.Write(stream[cut:])
	})
	var all []string
	for {
		msg, err := read(first, c)
		if errors.Is(err, context.Canceled) {
			first = t.Context()
			continue
		}
		if err != nil {
			all = append(all, outcome(err))
			break
		}
		all = append(all, msg.Kind.String()[:1]+":"+string(msg.Data))
	}
	name := fmt.Sprintf("cut at %d, canceled: %v", cut, cancels)
	want := row.want
	require.Equal(t, want, strings.Join(all, " "), name)
	_, again := c.Read(t.Context())
	require.Error(t, again, name)
	require.Error(t, c.Write(t.Context(), Text, nil), name)
	sent := <-got
	require.NoError(t, sent.err, name)
	control := strings.Join(sent.control, "|")
	if code, ok := strings.CutPrefix(want[strings.LastIndexByte(want, ' ')+1:], "fail:"); ok {
		require.Contains(t, control, "close "+code+" (", name)
	} else {
		require.Equal(t, row.control, control, name)
	}
}

// outcome is the text of an error in rows.
func outcome(err error) string {
	if e, ok := errors.AsType[*CloseError](err); ok && e.Remote {
		if e.Reason != "" {
			return fmt.Sprintf("%d:%s", e.Code, e.Reason)
		}
		return fmt.Sprint(int(e.Code))
	}
	return fails(failureCode(err))
}

// Every section that has rules for frames has a row.
func TestRawSections(t *testing.T) {
	have := map[string]bool{}
	for _, row := range rawRows {
		have[row.section] = true
	}
	for section := range strings.FieldsSeq("5.1 5.2 5.3 5.4 5.5 5.5.1 5.5.2 5.5.3 5.6 5.7 5.8 7.1.5 7.1.6 7.4.1 7.4.2 8.1 10.4 z5 z6 z6.2 z7.2.2 z7.2.3.1 z7.2.3.2 z7.2.3.3 z7.2.3.4 z7.2.3.5 z7.2.3.6 z8") {
		assert.True(t, have[section], section)
	}
}
