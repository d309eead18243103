package files

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"
)

// maxRecord is the largest size of a record that is read.
const maxRecord = 1 << 20

// writeJSON writes a record at once: to a new file of the upload id, which is renamed.
func writeJSON(root *os.Root, id, name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	temp := newFile(id)
	f, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) { // from a crash
		if err := root.Remove(temp); err != nil {
			return err
		}
		f, err = root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = root.Rename(temp, name)
	}
	if err != nil {
		root.Remove(temp)
	}
	return err
}

// readJSON reads a record.
func readJSON(root *os.Root, name string, v any) error {
	f, _, err := openRegular(root, name, os.O_RDONLY)
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxRecord))
	if err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}

// A note is what is known of a file beside its bytes, while it has the size and the time.
type note struct {
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
	Original string    `json:"original,omitempty"`
	Type     string    `json:"type,omitempty"`
	SHA256   []byte    `json:"sha256,omitempty"`
}

func noteFile(name string) string { return sums + "/" + name + ".json" }

// remember writes what is known of a file.
func remember(root *os.Root, id string, i Info, file fs.FileInfo) error {
	return writeJSON(root, id, noteFile(i.Name), note{file.Size(), file.ModTime(), i.Original, i.Type, i.SHA256})
}

// forget removes what is known of a file. What stays does no harm: it does not fit.
func forget(root *os.Root, name string) { root.Remove(noteFile(name)) }

// known returns the Info of a file.
func known(root *os.Root, name string, file fs.FileInfo) Info {
	i := Info{Name: name, Size: file.Size(), Modified: file.ModTime()}
	var n note
	if err := readJSON(root, noteFile(name), &n); err != nil {
		return i
	}
	if n.Size == i.Size && n.Modified.Equal(i.Modified) && (n.SHA256 == nil || len(n.SHA256) == 32) {
		i.Original, i.Type, i.SHA256 = n.Original, n.Type, n.SHA256
	}
	return i
}
