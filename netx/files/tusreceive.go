package files

import (
	"bytes"
	"crypto/sha256"
	"encoding"
	"errors"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"time"

	"github.com/fanfold/fanfold/netx/files/internal/sniff"
	"github.com/fanfold/fanfold/netx/files/internal/tus"
)

// receive appends the request's body to an upload, and makes it a file if that was all. It
// returns the record as it is now. What has come before an error is kept, unless it has a
// checksum.
func (q *request) receive(p Partial, isNew bool) (Partial, error) {
	check, err := tus.ParseChecksum(q.r.Header.Get("Upload-Checksum"))
	if err != nil {
		return p, refused(http.StatusBadRequest, "Upload-Checksum cannot be read, or its algorithm is not known")
	}
	if p.Size >= 0 && q.r.ContentLength > p.Size-p.Offset {
		return p, refused(http.StatusRequestEntityTooLarge, "more bytes than were announced")
	}
	if err := q.books.Hold(q.ctx, p.ID, max(p.Size, p.Offset), isNew); err != nil {
		return p, err
	}
	in, err := q.resume(p)
	if err != nil {
		return p, err
	}
	in.fresh, in.src = isNew, readErrors{q.body}
	if check != nil {
		in.more = check.Hash
	}
	defer q.onDrain()()

	before := p
	n, err := q.storage.Append(q.ctx, p, in)
	p.Offset += n
	p.Expires = time.Now().Add(q.o.Expire)
	if check != nil && (err != nil || !bytes.Equal(check.Hash.Sum(nil), check.Want)) {
		before.Expires = p.Expires
		if err == nil {
			err = refused(460, "the bytes do not have the checksum that was announced")
		}
		_, undo := q.storage.Append(q.ctx, before, bytes.NewReader(nil))
		return before, errors.Join(err, undo)
	}
	if in.n == p.Offset && in.sum != nil { // not when the storage has failed
		p.Hash, p.HashAt = in.state(), p.Offset
	}
	p.Type = in.typ
	if r, ok := errors.AsType[*refusal](err); ok && r.status == http.StatusUnsupportedMediaType {
		return p, errors.Join(err, q.abort(p.ID))
	}
	if err == nil && p.Offset == p.Size {
		return q.complete(p, in)
	}
	return p, errors.Join(err, q.storage.Save(q.ctx, p))
}

// resume returns the intake of an upload that goes on: with the state of its sum, and its
// first bytes if the type is not known yet.
func (q *request) resume(p Partial) (*intake, error) {
	in := &intake{s: q.Server, ctx: q.ctx, id: p.ID, size: p.Size, n: p.Offset, held: max(p.Size, p.Offset), typ: p.Type}
	if !q.o.NoSum {
		sum, err := q.resumeSum(p)
		if err != nil {
			return nil, err
		}
		in.sum = sum
	}
	if p.Type == "" && p.Offset > 0 {
		r, err := q.storage.ReadPartial(q.ctx, p.ID, 0)
		if err != nil {
			return nil, err
		}
		defer r.Close()
		head := make([]byte, min(p.Offset, sniff.Size))
		if _, err := io.ReadFull(r, head); err != nil {
			return nil, err
		}
		if in.head = head; len(head) == sniff.Size {
			if err := in.sniff(); err != nil {
				return nil, errors.Join(err, q.abort(p.ID))
			}
		}
	}
	return in, nil
}

// resumeSum returns the sum of what has come. After a crash, bytes may have come that are not
// in the state, and are read again. A storage that cannot read them has files without a sum.
func (q *request) resumeSum(p Partial) (hash.Hash, error) {
	sum := sha256.New()
	at := int64(0)
	if len(p.Hash) > 0 && p.HashAt <= p.Offset {
		if sum.(encoding.BinaryUnmarshaler).UnmarshalBinary(p.Hash) == nil {
			at = p.HashAt
		} else {
			sum.Reset()
		}
	}
	if at == p.Offset {
		return sum, nil
	}
	r, err := q.storage.ReadPartial(q.ctx, p.ID, at)
	if errors.Is(err, errors.ErrUnsupported) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if n, err := io.Copy(sum, io.LimitReader(r, p.Offset-at)); err != nil || n != p.Offset-at {
		return nil, errors.Join(err, io.ErrUnexpectedEOF)
	}
	return sum, nil
}

// complete makes an upload a file. in is nil if its last byte came with an earlier request.
func (q *request) complete(p Partial, in *intake) (Partial, error) {
	var err error
	if in == nil {
		if in, err = q.resume(p); err != nil {
			return p, err
		}
	}
	original := p.Meta["filename"]
	if original == "" {
		original = p.Meta["name"]
	}
	p.Published = p.Name
	info, _, err := q.publish(p, in, original, nil)
	if err != nil {
		p.Published = ""
		if r, ok := errors.AsType[*refusal](err); ok && r.status == http.StatusUnsupportedMediaType || errors.Is(err, fs.ErrExist) {
			return p, errors.Join(err, q.abort(p.ID)) // it will never be a file
		}
		return p, errors.Join(err, q.storage.Save(q.ctx, p))
	}
	p.Published = info.Name
	describe(q.w.Header(), info)
	return p, nil
}
