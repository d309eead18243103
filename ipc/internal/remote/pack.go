package remote

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"syscall"

	"github.com/fanfold/fanfold/internal/chain"
	"github.com/fanfold/fanfold/internal/panics"
)

// Pack encodes what err says, in at most [MaxSize] bytes. It is called in the process
// where err happened. ctx is that of the function which returned err: an error that
// says that this ctx has ended becomes, in the process of the caller, that of the
// caller's own ctx. Methods of err that panic are survived.
func Pack(ctx context.Context, err error) []byte { return pack(ctx, err, maxText) }

// PackCause encodes why a call is canceled, in at most limit bytes: with its text
// alone if the rest is too much. 3 kB are enough for that.
func PackCause(cause error, limit int) []byte {
	data := pack(context.Background(), cause, maxCauseText)
	if len(data) > limit {
		data, _ = codec.Append(nil, failure{Text: clip(errorText(cause), maxCauseText)})
	}
	return data
}

// A ResultTooLarge is the error, for [Pack], of a function whose result is beyond the
// limit. It becomes a *wire.TooLargeError.
type ResultTooLarge struct {
	Size    int  // in bytes
	Partial bool // it was not encoded to its end
}

// Error names the size.
func (n ResultTooLarge) Error() string { return fmt.Sprintf("a result of %d bytes", n.Size) }

// An ItemFailed is the error, for [Pack], of one argument of a chunk. It becomes an
// *indexed.IndexError.
type ItemFailed struct {
	Index int // counted from 0
	Err   error
}

// Error returns the text of Err.
func (f ItemFailed) Error() string { return f.Err.Error() }

func pack(ctx context.Context, err error, maxText int) []byte {
	var f failure
	if item, ok := err.(ItemFailed); ok {
		f.Item, err = item.Index+1, item.Err
	}
	f.Text = errorText(err)
	// Is and Unwrap methods are the user's code and may panic: then the text, and what
	// was found until then, is enough.
	_ = panics.Try(func() { f.classify(ctx, err) }, nil)
	f.Text, f.Panic = clip(f.Text, maxText), clip(f.Panic, maxText)
	f.Stack = f.Stack[:min(len(f.Stack), maxText)]
	data, _ := codec.Append(nil, f) // it has nothing that cannot be encoded
	if len(data) > MaxSize {        // thousands of registered errors in one
		f.Is = nil
		data, _ = codec.Append(nil, f)
	}
	return data
}

// classify fills f with what can be told apart in err, text apart. An error that contains
// itself is looked at in part.
func (f *failure) classify(ctx context.Context, err error) {
	if pe, ok := chain.AsType[*panics.PanicError](err); ok && pe != nil {
		f.Panic, f.Stack = panicText(pe.Value), pe.Stack
	} else if ctx.Err() != nil && (chain.Is(err, ctx.Err()) || chain.Is(err, context.Cause(ctx))) {
		f.Kind = heeded
	}
	if large, ok := err.(ResultTooLarge); ok {
		f.Kind, f.Size, f.Partial = tooLarge, large.Size, large.Partial
	}
	left := registered() // Is methods are the user's code: not under the lock
	for err := range chain.All(err) {
		if e, ok := err.(syscall.Errno); ok && len(f.Errnos) < maxErrnos {
			f.Errnos = append(f.Errnos, uint64(e))
		}
		for name, s := range left {
			if chain.Matches(err, s) {
				f.Is = append(f.Is, name)
				delete(left, name)
			}
		}
	}
	for _, name := range f.Is {
		if s := sentinel(name); reflect.TypeOf(s).Comparable() && err == s {
			f.Exact = name
		}
	}
}

// errorText returns the text of err, or says that its Error method panics.
func errorText(err error) (text string) {
	if p := panics.Try(func() { text = err.Error() }, nil); p != nil {
		return fmt.Sprintf("%T, whose Error method panics", err)
	}
	return text
}

// panicText formats the value of a panic. Package fmt survives a String or Error
// method that panics.
func panicText(v any) string { return fmt.Sprint(v) }

// clip shortens text to n bytes, without cutting a character.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "") + " …"
}
