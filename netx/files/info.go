package files

import (
	"encoding/hex"
	"encoding/json"
	"time"
)

// Info describes a file that is complete. Its JSON has the sum in hexadecimal digits.
type Info struct {
	Name     string    `json:"name"`               // the name it is stored under
	Original string    `json:"original,omitempty"` // the name that the client gave, as data only
	Type     string    `json:"type,omitempty"`     // its media type by its first bytes; empty if not known
	Size     int64     `json:"size"`               // in bytes
	Modified time.Time `json:"modified"`           // when it was published, or changed in another way
	SHA256   []byte    `json:"sha256,omitempty"`   // 32 bytes, or nil if not known
	ETag     string    `json:"etag,omitempty"`     // with its quotes; empty if the storage has none of its own
}

// infoJSON is the JSON of an Info.
type infoJSON struct {
	Name     string    `json:"name"`
	Original string    `json:"original,omitempty"`
	Type     string    `json:"type,omitempty"`
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
	SHA256   string    `json:"sha256,omitempty"`
	ETag     string    `json:"etag,omitempty"`
}

// MarshalJSON returns the JSON of i, with the sum in hexadecimal digits. It fails when
// encoding/json does, for a time after the year 9999.
func (i Info) MarshalJSON() ([]byte, error) {
	return json.Marshal(infoJSON{i.Name, i.Original, i.Type, i.Size, i.Modified, hex.EncodeToString(i.SHA256), i.ETag})
}

// UnmarshalJSON reads what [Info.MarshalJSON] returns. It returns the error of encoding/json
// or of encoding/hex, and i is as it was.
func (i *Info) UnmarshalJSON(data []byte) error {
	var in infoJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	sum, err := hex.DecodeString(in.SHA256)
	if err != nil {
		return err
	}
	if len(sum) == 0 {
		sum = nil
	}
	*i = Info{in.Name, in.Original, in.Type, in.Size, in.Modified, sum, in.ETag}
	return nil
}

// Partial is the record of an upload that is not complete yet.
type Partial struct {
	ID   string `json:"id"`             // 1 to 64 letters, digits, hyphens and underscores
	Name string `json:"name"`           // a clean name
	Type string `json:"type,omitempty"` // its media type by its first bytes; empty if not known yet
	Size int64  `json:"size"`           // in bytes; -1: not known yet
	// Offset is how many bytes have come. [Storage].Load fills it, and Append begins there.
	Offset int64             `json:"-"`
	Meta   map[string]string `json:"meta,omitempty"` // what the client says of the file; data only
	// Hash is the state of a SHA-256 over the first HashAt bytes, as encoding.BinaryMarshaler
	// of the hash returns it.
	Hash    []byte    `json:"hash,omitempty"`
	HashAt  int64     `json:"hash_at,omitempty"` // in bytes
	Expires time.Time `json:"expires"`           // when Server.Expire may remove it
	// Published is the name under which the upload was published. Such a record has no
	// bytes of its own any more. It answers a client that did not get the answer.
	Published string `json:"published,omitempty"`
}
