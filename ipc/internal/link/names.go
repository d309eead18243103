package link

import (
	"bytes"
	"os"

	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// longestName is what is kept of a file's name on the way.
const longestName = 255

// appendNames appends the names of files, each with its end.
func appendNames(dst []byte, files []*os.File) []byte {
	for _, f := range files {
		name := f.Name()
		name = name[:min(len(name), longestName)]
		dst = append(append(dst, bytes.ReplaceAll([]byte(name), []byte{0}, []byte{'?'})...), 0)
	}
	return dst
}

// maxNames is how long the names of files that travel at once can be together.
const maxNames = (maxFiles + 1) * (longestName + 1)

// named makes files of descriptors, by their names. It takes the descriptors.
func named(rights fds.Arrivals, names []byte) []*os.File {
	files := make([]*os.File, 0, len(rights))
	for len(rights) > 0 {
		var name []byte
		name, names, _ = bytes.Cut(names, []byte{0})
		files = append(files, rights.Take(string(name)))
	}
	return files
}
