package conn

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
)

// The proof is that of Python's multiprocessing.connection since 3.12. Each side sends a
// challenge, "#CHALLENGE#{sha256}" and random bytes. It gets "{sha256}" and the HMAC of
// what stands behind "#CHALLENGE#", and answers with "#WELCOME#" or "#FAILURE#". Before
// 3.12 neither had the name of an algorithm, which was MD5.
const (
	challengeMark = "#CHALLENGE#"
	welcome       = "#WELCOME#"
	refused       = "#FAILURE#"
	sha256Mark    = "{sha256}"
	md5Mark       = "{md5}"

	challengeSize   = 40  // random bytes
	oldChallenge    = 20  // the fewest that are a challenge
	maxProofMessage = 256 // bytes
)

// authenticated runs two parts of the proof over c, which it closes if they fail.
// Without a key there is nothing to prove.
func authenticated(ctx context.Context, c *Connection, o Options, parts ...func(context.Context, *Connection, Options) error) (*Connection, error) {
	if len(o.AuthKey) == 0 {
		return c, nil
	}
	bounded, cancel := context.WithTimeoutCause(ctx, o.AuthTimeout, fmt.Errorf("%w: it took more than %v", ErrAuth, o.AuthTimeout))
	defer cancel()
	c.limit = maxProofMessage
	for _, part := range parts {
		if err := part(bounded, c, o); err != nil {
			c.Close()
			switch {
			case ctx.Err() != nil:
				return nil, context.Cause(ctx)
			case !errors.Is(err, ErrAuth):
				return nil, fmt.Errorf("%w: %w", ErrAuth, err)
			}
			return nil, err
		}
	}
	c.limit = o.MaxMessage
	return c, nil
}

// challenge makes the other side prove that it knows the key.
func challenge(ctx context.Context, c *Connection, o Options) error {
	message := make([]byte, challengeSize)
	rand.Read(message)
	message = append([]byte(sha256Mark), message...)
	if err := c.SendBytes(ctx, append([]byte(challengeMark), message...)); err != nil {
		return err
	}
	response, err := c.RecvBytes(ctx)
	if err != nil {
		return err
	}
	if !proves(response, message, o) {
		_ = c.SendBytes(ctx, []byte(refused))
		if !o.AllowMD5 && (len(response) == md5.Size || bytes.HasPrefix(response, []byte(md5Mark))) {
			return fmt.Errorf("%w: the other side answers by MD5, as Python before 3.12 does: Options.AllowMD5 accepts that", ErrAuth)
		}
		return fmt.Errorf("%w: the other side does not know the key", ErrAuth)
	}
	return c.SendBytes(ctx, []byte(welcome))
}

// proves reports whether response is the HMAC of message.
func proves(response, message []byte, o Options) bool {
	if mac, ok := bytes.CutPrefix(response, []byte(sha256Mark)); ok {
		return hmac.Equal(mac, sum(sha256.New, o.AuthKey, message))
	}
	if !o.AllowMD5 {
		return false
	}
	mac := bytes.TrimPrefix(response, []byte(md5Mark))
	return hmac.Equal(mac, sum(md5.New, o.AuthKey, message))
}

// answer proves to the other side that we know the key.
func answer(ctx context.Context, c *Connection, o Options) error {
	text, err := c.RecvBytes(ctx)
	if err != nil {
		return err
	}
	message, ok := bytes.CutPrefix(text, []byte(challengeMark))
	if !ok || len(message) < oldChallenge {
		return fmt.Errorf("%w: %.32q is no challenge", ErrAuth, text)
	}
	var response []byte
	switch {
	case bytes.HasPrefix(message, []byte(sha256Mark)):
		response = append([]byte(sha256Mark), sum(sha256.New, o.AuthKey, message)...)
	case !o.AllowMD5:
		if algorithm, _, named := bytes.Cut(message, []byte("}")); named && bytes.HasPrefix(message, []byte("{")) && !bytes.HasPrefix(message, []byte(md5Mark)) {
			return fmt.Errorf("%w: the other side wants a proof by %q, this side knows SHA-256", ErrAuth, algorithm[1:])
		}
		return fmt.Errorf("%w: the other side wants a proof by MD5, as Python before 3.12 does: Options.AllowMD5 gives it", ErrAuth)
	case bytes.HasPrefix(message, []byte(md5Mark)):
		response = append([]byte(md5Mark), sum(md5.New, o.AuthKey, message)...)
	default:
		response = sum(md5.New, o.AuthKey, message)
	}
	if err := c.SendBytes(ctx, response); err != nil {
		return err
	}
	verdict, err := c.RecvBytes(ctx)
	if err == nil && string(verdict) != welcome {
		err = fmt.Errorf("%w: the other side says %.32q", ErrAuth, verdict)
	}
	return err
}

// sum returns the HMAC of message.
func sum(h func() hash.Hash, key, message []byte) []byte {
	mac := hmac.New(h, key)
	mac.Write(message)
	return mac.Sum(nil)
}
