package files

import "net/http"

func (q *request) page() error {
	if err := q.allowed(OpList, ""); err != nil {
		return err
	}
	q.write(http.StatusOK, "text/html; charset=utf-8", []byte("page"))
	return nil
}
