// Package rooms holds the module's folders, its rooms, to the table of what
// each may import and link, so that a program pays for the rooms it uses and
// for no others, and its go.mod files to what importers should have to download.
// It has tests only.
package rooms

import (
	"maps"
	"path"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const module = "github.com/fanfold/fanfold"

// A room says what the packages of one folder may stand on, their tests apart.
// Each entry is a folder of this module or an import path, and stands for
// everything below it as well. A package may have a room of its own.
type room struct {
	imports []string // what may be imported
	links   []string // what may come along with that
	avoids  []string // packages of the standard library that may not be imported
	lacks   []string // and those that may not even come along
	never   []string // folders of this module that may not come along, although they lie below one that may
}

// rooms need not mention the standard library, save for what a room may not
// know of it. Every room may import itself and internal, but examples are there
// to be copied, and what is internal cannot be.
var rooms = map[string]room{
	"functional": {
		imports: []string{"internal", "golang.org/x/exp"},
		avoids:  []string{"os", "syscall"},
		lacks:   []string{"net", "os/exec"},
		never:   []string{"functional/try", "functional/par", "functional/memo"},
	},
	"functional/try": {
		imports: []string{"internal", "functional"},
		links:   []string{"golang.org/x/exp"},
		avoids:  []string{"os", "syscall"},
		lacks:   []string{"net", "os/exec"},
		never:   []string{"functional/par", "functional/memo"},
	},
	"functional/par": {
		imports: []string{"internal", "functional"},
		links:   []string{"golang.org/x/exp"},
		avoids:  []string{"os", "syscall"},
		lacks:   []string{"net", "os/exec"},
		never:   []string{"functional/try", "functional/memo"},
	},
	"functional/memo": {
		imports: []string{"internal", "functional", "golang.org/x/sync"},
		links:   []string{"golang.org/x/exp"},
		avoids:  []string{"os", "syscall"},
		lacks:   []string{"net", "os/exec"},
		never:   []string{"functional/try", "functional/par"},
	},
	"concurrent": {
		imports: []string{"internal", "golang.org/x/sync"},
		avoids:  []string{"syscall"},
		lacks:   []string{"net", "os/exec"},
	},
	"ipc": {
		imports: []string{"internal", "concurrent", "golang.org/x/sys"},
		links:   []string{"golang.org/x/sync"},
		lacks:   []string{"net/http"},
		never:   []string{"ipc/conn", "ipc/shm", "ipc/manager"},
	},
	"ipc/conn": { // nor does ipc import it: what travels is registered with internal/wire
		imports: []string{"internal", "ipc/internal/fds", "golang.org/x/sys"},
		lacks:   []string{"net", "os/exec"},
	},
	"ipc/shm": { // nor does ipc import it
		imports: []string{"internal", "concurrent", "ipc", "ipc/internal/child", "ipc/internal/mem", "ipc/internal/robust"},
		links:   []string{"golang.org/x/sys", "golang.org/x/sync"},
		lacks:   []string{"net/http"},
	},
	"ipc/manager": { // nor does ipc import it
		imports: []string{"internal", "concurrent", "ipc", "ipc/conn", "ipc/shm", "ipc/internal/remote"},
		links:   []string{"ipc/internal", "golang.org/x/sys", "golang.org/x/sync"},
		lacks:   []string{"net/http"},
	},
	"ipc/manager/internal/msg": {
		lacks: []string{"net", "os/exec"},
	},
	"ipc/manager/internal/store": { // knows no socket
		imports: []string{"internal", "ipc/internal/remote", "ipc/manager/internal/msg"},
		avoids:  []string{"os", "syscall", "net"},
		lacks:   []string{"net", "os/exec"},
	},
	"ipc/manager/internal/socket": {
		imports: []string{"golang.org/x/sys"},
		lacks:   []string{"net", "os/exec"},
	},
	"ipc/manager/internal/session": {
		imports: []string{"internal", "ipc/conn", "ipc/manager/internal/msg", "ipc/manager/internal/socket"},
		links:   []string{"ipc/internal", "golang.org/x/sys"},
		lacks:   []string{"net", "os/exec"},
	},
	"ipc/manager/internal/server": {
		imports: []string{"internal", "ipc/conn", "ipc/manager/internal"},
		links:   []string{"ipc/internal", "golang.org/x/sys"},
		lacks:   []string{"net", "os/exec"},
	},
	"ipc/internal/mem": {
		imports: []string{"internal/memfd", "golang.org/x/sys"},
		links:   []string{"internal"},
		lacks:   []string{"net", "os/exec"},
	},
	"ipc/internal/robust": {
		imports: []string{"ipc/internal/mem", "internal/futex", "internal/list", "internal/closed", "golang.org/x/sys"},
		links:   []string{"internal"},
		lacks:   []string{"net", "os/exec"},
	},
	"ipc/internal/fds": {
		imports: []string{"internal/foreign", "internal/wire", "golang.org/x/sys"},
		links:   []string{"internal"},
		lacks:   []string{"net", "os/exec"},
	},
	"ipc/internal/sched": { // knows no process and no descriptor
		imports: []string{"internal/list"},
		avoids:  []string{"os", "syscall", "net", "io", "unsafe"},
		lacks:   []string{"net", "os/exec"},
	},
	"ipc/internal/remote": {
		imports: []string{"internal/chain", "internal/indexed", "internal/panics", "internal/wire"},
		links:   []string{"internal"},
		lacks:   []string{"net", "os/exec"},
	},
	"ipc/internal/link": {
		imports: []string{"ipc/internal/fds", "ipc/internal/remote", "internal/fresh", "internal/futex", "internal/memfd", "internal/wire", "golang.org/x/sys"},
		links:   []string{"internal"},
		lacks:   []string{"net", "os/exec"},
	},
	"ipc/internal/child": {
		imports: []string{"internal/panics", "ipc/internal/fds", "golang.org/x/sys"},
		links:   []string{"internal"},
		lacks:   []string{"net/http"},
	},
	"ioloop/poll": { // readiness alone
		imports: []string{"internal/optional", "ioloop/internal/fdtable", "golang.org/x/sys"},
		lacks:   []string{"net", "os/exec"},
	},
	"ioloop/internal": {imports: []string{"golang.org/x/sys"}},
	"ioloop": {
		imports: []string{"internal", "concurrent", "golang.org/x/sys"},
		links:   []string{"golang.org/x/sync"},
		lacks:   []string{"net/http"},
	},
	"netx": {
		imports: []string{"internal", "concurrent", "golang.org/x/sync"},
		lacks:   []string{"crypto/tls", "net/http"},
	},
	"netx/multipart": {
		imports: []string{"internal"}, // and net by net/textproto
		lacks:   []string{"net/http", "mime/multipart"},
	},
	"netx/frame": {
		imports: []string{"internal", "concurrent", "netx", "netx/internal", "golang.org/x/sync"},
		lacks:   []string{"crypto/tls", "net/http"},
	},
	"netx/cert": {
		imports: []string{"internal", "golang.org/x/sync"},
		lacks:   []string{"net/http"},
	},
	"netx/httpx": {
		imports: []string{"internal", "concurrent", "netx", "netx/internal", "netx/multipart"},
		links:   []string{"golang.org/x/sync"},
	},
	"netx/ws": {
		imports: []string{"internal", "concurrent", "netx", "netx/internal", "github.com/gobwas", "golang.org/x/sync"},
	},
	"netx/files": {
		imports: []string{"internal", "netx", "netx/httpx", "netx/multipart", "netx/internal", "github.com/gabriel-vasile/mimetype", "golang.org/x/sync"},
		links:   []string{"concurrent"},
	},
	"examples": {
		imports: []string{"functional", "concurrent", "ipc", "ioloop", "netx", "internal/proxy", "internal/effort", "golang.org/x"},
		links:   []string{"internal", "github.com/gobwas", "github.com/gabriel-vasile/mimetype"},
	},
	"internal": {
		imports: []string{"golang.org/x/sys"},
	},

	// What tests share needs what tests need.
	"functional/internal/laws": {
		imports: []string{"internal", "functional", "github.com/stretchr/testify"},
		links:   []string{"golang.org/x/exp", "github.com/davecgh", "github.com/pmezard", "go.yaml.in/yaml", "gopkg.in/yaml.v3"},
	},

	// The storm is not there to be copied. It proves that nothing is left behind, by what
	// the tests have for that.
	"examples/ipc/storm": {
		imports: []string{"examples", "ipc", "internal/leak", "internal/effort", "golang.org/x/sys"},
		links:   []string{"internal", "concurrent", "golang.org/x"},
	},
}

// violations returns what p stands on against its room's rules.
func violations(p listed) []string {
	self := local(p.ImportPath)
	name := self
	r, ok := rooms[name] // of its own, or of the folder around it
	for !ok && strings.Contains(name, "/") {
		name = path.Dir(name)
		r, ok = rooms[name]
	}
	if !ok {
		return []string{self + " lies in no room"}
	}
	imports := append([]string{name}, r.imports...)
	links := append(imports, r.links...)
	var found []string
	for _, path := range p.Imports {
		if !allowed(path, imports, slices.Concat(r.avoids, r.lacks), r.never) {
			found = append(found, self+" imports "+local(path))
		}
	}
	for _, path := range p.Deps {
		if !slices.Contains(p.Imports, path) && !allowed(path, links, r.lacks, r.never) {
			found = append(found, self+" links "+local(path))
		}
	}
	return found
}

// allowed reports whether path is below one of yes and none of never, or in the
// standard library but not below one of no.
func allowed(path string, yes, no, never []string) bool {
	below := func(prefix string) bool { return path == prefix || strings.HasPrefix(path, prefix+"/") }
	// Only the paths of the standard library have no dot in their first element.
	if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") {
		return !slices.ContainsFunc(no, below)
	}
	path = local(path)
	return slices.ContainsFunc(yes, below) && !slices.ContainsFunc(never, below)
}

// local returns the folder of a package of this module, any other path as it is.
func local(path string) string { return strings.TrimPrefix(path, module+"/") }

func TestRooms(t *testing.T) {
	found := map[string]bool{}
	for _, system := range []string{"linux", "darwin", "freebsd", "windows"} {
		for _, p := range list(t, system) {
			for _, v := range violations(p) {
				found[v] = true
			}
		}
	}
	assert.Empty(t, slices.Sorted(maps.Keys(found)))
}

// Nothing that a test starts may outlive it, and TestMain is where that shows.
func TestLeakChecks(t *testing.T) {
	for _, p := range list(t, runtime.GOOS) {
		self, tests := local(p.ImportPath), slices.Concat(p.TestImports, p.XTestImports)
		if self == "examples/simplemath/simplemath" { // it is to be copied, and knows no other package
			continue
		}
		if len(tests) > 0 && !strings.HasPrefix(self, "internal/") {
			assert.Contains(t, tests, module+"/internal/leak", "what the tests of %s import", self)
		}
	}
}

func TestViolations(t *testing.T) {
	cases := []struct {
		path, imports, deps string // the latter two with spaces between
		want                []string
	}{
		{"functional", "iter internal/panics golang.org/x/exp/constraints functional/internal/topk", "os unsafe", nil},
		{"functional", "functional/par", "functional/try", []string{"functional imports functional/par", "functional links functional/try"}},
		{"functional/internal/topk", "functional/memo", "", []string{"functional/internal/topk imports functional/memo"}},
		{"functional/par", "functional functional/internal/topk", "golang.org/x/exp/constraints", nil},
		{"functional/par", "functional/try golang.org/x/exp/rand", "", []string{"functional/par imports functional/try", "functional/par imports golang.org/x/exp/rand"}},
		{"functional/memo", "golang.org/x/sync/singleflight os", "functional/par", []string{"functional/memo imports os", "functional/memo links functional/par"}},
		{"functional", "os/signal concurrent", "golang.org/x/sys/unix net",
			[]string{"functional imports os/signal", "functional imports concurrent", "functional links golang.org/x/sys/unix", "functional links net"}},
		{"concurrent", "os", "os golang.org/x/exp/rand", []string{"concurrent links golang.org/x/exp/rand"}},
		{"concurrent/deep", "concurrent net/url ipc", "ipc", []string{"concurrent/deep imports net/url", "concurrent/deep imports ipc"}},
		{"ipc", "net concurrent golang.org/x/sys/unix", "golang.org/x/sync/semaphore net/http", []string{"ipc links net/http"}},
		{"ipc", "ioloop netx golang.org/x/sync/semaphore", "", []string{"ipc imports ioloop", "ipc imports netx", "ipc imports golang.org/x/sync/semaphore"}},
		{"ioloop", "netx ipc functional", "", []string{"ioloop imports netx", "ioloop imports ipc", "ioloop imports functional"}},
		{"netx", "net golang.org/x/sync/semaphore", "crypto/tls", []string{"netx links crypto/tls"}},
		{"netx/ws", "net/http netx github.com/gobwas/ws/wsutil", "github.com/gobwas/httphead", nil},
		{"netx/ws", "github.com/gobwasx/ws ipc", "", []string{"netx/ws imports github.com/gobwasx/ws", "netx/ws imports ipc"}},
		{"examples/wordcount", "examples/wordcount/words ipc functional", "internal/panics", nil},
		{"examples/wordcount", "internal/panics", "", []string{"examples/wordcount imports internal/panics"}},
		{"internal/wire", "internal/panics golang.org/x/sys/unix", "", nil},
		{"internal/wire", "concurrent", "ipc", []string{"internal/wire imports concurrent", "internal/wire links ipc"}},
		{"util", "", "", []string{"util lies in no room"}},
		{"", "", "", []string{module + " lies in no room"}},
	}
	for _, c := range cases {
		p := listed{ImportPath: full(c.path)}
		for path := range strings.FieldsSeq(c.imports) {
			p.Imports = append(p.Imports, full(path))
		}
		for path := range strings.FieldsSeq(c.deps) {
			p.Deps = append(p.Deps, full(path))
		}
		assert.Equal(t, c.want, violations(p), "%s importing %s and linking %s", c.path, c.imports, c.deps)
	}
}

// full is the inverse of local.
func full(path string) string {
	if path == "" {
		return module
	}
	if name, _, _ := strings.Cut(path, "/"); rooms[name].imports != nil || name == "util" {
		return module + "/" + path
	}
	return path
}
