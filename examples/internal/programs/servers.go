package programs

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// ready is how the first line of a server's output begins. Its address follows.
const ready = "Serving on "

// serve runs a server, lets the row talk to it, and ends it by a signal. What it prints
// after its first line goes to cmd.Stdout.
func (p Program) serve(t *testing.T, cmd *exec.Cmd, sig os.Signal, stdout *bytes.Buffer) (stderr string, status int) {
	t.Helper()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = nil, &said
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { // also when the row gives up
		cmd.Process.Kill()
		cmd.Wait()
	}()
	printed := bufio.NewReader(pipe)
	line, err := printed.ReadString('\n')
	addr, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), ready)
	if ok {
		p.Serve(t, addr)
		err = cmd.Process.Signal(sig)
	}
	if err != nil || !ok {
		t.Errorf("printed %q first: %v", line, err)
		cmd.Process.Kill()
	}
	if _, err := io.Copy(stdout, printed); err != nil {
		t.Error(err)
	}
	cmd.Wait()
	return said.String(), cmd.ProcessState.ExitCode()
}

// testInterrupt interrupts a server whose client leaves a moment later: it is to end in order.
func (p Program) testInterrupt(ctx context.Context, t *testing.T, bin string) {
	p.Serve = func(t *testing.T, addr string) {
		client, err := net.Dial("tcp", addr)
		if err != nil {
			t.Error(err)
			return
		}
		time.AfterFunc(20*time.Millisecond, func() { client.Close() })
	}
	var stdout bytes.Buffer
	stderr, status := p.serve(t, p.command(ctx, bin, p.Args), syscall.SIGINT, &stdout)
	if status != 0 {
		t.Errorf("status %d, said %q, printed %q", status, stderr, stdout.String())
	}
}

// testPort runs a server whose port is another one's: it is to say so and to fail.
func (p Program) testPort(ctx context.Context, t *testing.T, bin string) {
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	cmd := p.command(ctx, bin, p.Args+" -addr "+listener.Addr().String())
	stderr, status := run(t, cmd)
	if status != 1 || !strings.Contains(stderr, "address already in use") {
		t.Errorf("status %d, said %q", status, stderr)
	}
}
