package ws

import (
	"context"
	"encoding/json"
	"fmt"
)

// ReadJSON reads a message of any kind, and decodes it as encoding/json does. It blocks and
// fails as [Conn.Read] does. For a message that is no JSON for a T the error is that of
// json.Unmarshal, wrapped; the message is read then, and the connection goes on.
func ReadJSON[T any](ctx context.Context, c *Conn) (v T, err error) {
	msg, err := c.Read(ctx)
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(msg.Data, &v); err != nil {
		var none T
		return none, fmt.Errorf("ws: ReadJSON: %w", err)
	}
	return v, nil
}

// WriteJSON sends v as a text, encoded as encoding/json does. It blocks and fails as
// [Conn.Write] does. For a value that cannot be encoded nothing is sent, and the error is
// that of json.Marshal, wrapped.
func WriteJSON(ctx context.Context, c *Conn, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("ws: WriteJSON: %w", err)
	}
	return c.Write(ctx, Text, data)
}
