//go:build unix

package files

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
)

// A victim is a server that can be killed, and started again.
type victim struct {
	*site
	cmd   *exec.Cmd
	stdin io.Closer
}

func (v *victim) start() {
	v.cmd = exec.Command(os.Args[0])
	v.cmd.Env = append(os.Environ(), killedEnv+"="+v.dir)
	v.cmd.Stderr = os.Stderr
	out, err := v.cmd.StdoutPipe()
	require.NoError(v.t, err)
	v.stdin, err = v.cmd.StdinPipe()
	require.NoError(v.t, err)
	require.NoError(v.t, v.cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(v.t, err)
	v.url = "http://" + strings.TrimSpace(line)
}

func (v *victim) kill() {
	if v.cmd != nil {
		v.cmd.Process.Signal(syscall.SIGKILL)
		v.cmd.Wait()
		v.stdin.Close()
		v.cmd = nil
	}
}

// killing is a body. A process is killed when some of it has been read.
type killing struct {
	r       io.Reader
	at      int
	process *os.Process
}

func (k *killing) Read(p []byte) (int, error) {
	if k.at == 0 {
		k.process.Signal(syscall.SIGKILL)
		return 0, io.ErrClosedPipe
	}
	n, err := k.r.Read(p[:min(len(p), k.at)])
	k.at -= n
	return n, err
}

// try sends a request, which the server may not survive, and reports an answer.
func (v *victim) try(method, path string, body io.Reader, size int, headers ...string) int {
	req, err := http.NewRequest(method, v.url+path, body)
	require.NoError(v.t, err)
	req.ContentLength = int64(size)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// body returns a body with whose reading the server is killed: somewhere in it, or around its
// end, or not at all.
func (v *victim) body(random *rand.Rand, data []byte) (body io.Reader, late func()) {
	at := random.IntN(len(data)*2 + 1)
	if at < len(data) {
		return &killing{bytes.NewReader(data), at, v.cmd.Process}, func() {}
	}
	if at > len(data)*3/2 {
		return bytes.NewReader(data), func() {}
	}
	process := v.cmd.Process
	timer := time.AfterFunc(time.Duration(random.IntN(30_000))*time.Microsecond, func() { process.Signal(syscall.SIGKILL) })
	return bytes.NewReader(data), func() { timer.Stop() }
}

// Killed at random moments, the server shows a file whole or not at all, goes on where it was,
// and leaves nothing that does not expire.
func TestKill(t *testing.T) {
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	data := bytes.Repeat([]byte("0123456789abcdef"), 64<<10)
	random.Shuffle(len(data), func(i, j int) { data[i], data[j] = data[j], data[i] })
	sum := sum256(data)
	for protocol, send := range map[string]func(v *victim, name string, size int) bool{
		"put": func(v *victim, name string, _ int) bool {
			body, late := v.body(random, data)
			defer late()
			code := v.try("PUT", "/uploads/"+name, body, len(data))
			return code == 201 || code == 409
		},
		"form": func(v *victim, name string, _ int) bool {
			form := formOf(name, string(data))
			body, late := v.body(random, []byte(form))
			defer late()
			code := v.try("POST", "/upload", body, len(form), "Content-Type", formType)
			return code == 200 || code == 409
		},
		"tus": tusSender(random, data),
	} {
		t.Run(protocol, func(t *testing.T) {
			storage, dir := folder(t)
			v := &victim{site: &site{t: t, storage: storage, dir: dir}}
			defer v.kill()
			kills := 0
			for n := 0; kills < effort.Times(5, 3, 200); n++ {
				name := fmt.Sprint("file", n)
				for done := false; !done; {
					if v.cmd == nil {
						v.start()
					}
					done = send(v, name, len(data))
					if !done {
						v.kill() // dead already, or about to be
						kills++
					}
					if text, ok := v.files()[name]; ok {
						require.True(t, text == string(data), "%s has %d bytes, not %d", name, len(text), len(data))
					} else {
						require.False(t, done, "%s is missing", name)
					}
				}
				v.kill()
				_, info, err := storageOpen(t, storage, name)
				require.NoError(t, err)
				if info.SHA256 != nil { // a kill may come between the file and what is known of it
					require.Equal(t, sum, info.SHA256)
				}
				require.NoError(t, storage.Remove(t.Context(), name))
			}
			for p, err := range storage.Partials(t.Context()) {
				require.NoError(t, err)
				assert.WithinDuration(t, time.Now(), p.Expires, 25*time.Hour)
				require.NoError(t, storage.Abort(t.Context(), p.ID))
			}
			v.clean(map[string]string{})
			entries, err := os.ReadDir(filepath.Join(dir, sums))
			require.NoError(t, err)
			assert.Empty(t, entries)
		})
	}
}

func storageOpen(t *testing.T, s Storage, name string) (string, Info, error) {
	f, info, err := s.Open(t.Context(), name)
	if err != nil {
		return "", info, err
	}
	return name, info, f.Close()
}

// tusSender sends by tus, and goes on with an upload that was begun.
func tusSender(random *rand.Rand, data []byte) func(v *victim, name string, size int) bool {
	paths := map[string]string{}
	return func(v *victim, name string, size int) bool {
		if paths[name] == "" {
			paths[name] = v.create(name, size)
		}
		path := paths[name]
		head := v.tus("HEAD", path, "")
		require.Equal(v.t, 200, head.code, head.body)
		var at int
		_, err := fmt.Sscan(head.header.Get("Upload-Offset"), &at)
		require.NoError(v.t, err)
		if at == size {
			return true
		}
		body, late := v.body(random, data[at:])
		defer late()
		return v.try("PATCH", path, body, size-at, append(patchHeaders[:4:4], "Upload-Offset", fmt.Sprint(at))...) == 204
	}
}
