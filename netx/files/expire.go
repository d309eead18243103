package files

import (
	"context"
	"errors"
	"time"
)

// Expire removes uploads that have not ended, and have had no byte for the time of the option
// Expire. A program calls it now and then, such as every hour: the server does nothing by
// itself. Uploads that run now stay. Expire blocks until it has gone through all; it returns
// context.Cause(ctx) when ctx ends, or the errors of the storage, joined.
func (s *Server) Expire(ctx context.Context) error {
	var errs []error
	now := time.Now()
	for p, err := range s.storage.Partials(ctx) {
		if err != nil {
			errs = append(errs, err)
			break
		}
		if now.Before(p.Expires) || s.active.has(p.ID) {
			continue
		}
		if err := s.abort(p.ID); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
