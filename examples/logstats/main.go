// Logstats reads access logs of web servers, on all cores and in little memory, and
// says who asked for what, how often, and how long it took.
//
//	go run ./examples/logstats [-workers n] [-size bytes] [-status n] [-path prefix] [-top n] [LOG ...]
//
// A log is cut into pieces lazily, as the workers ask for them; each piece is read
// and counted by a chain of lazy operators, one line at a time; the counts are added
// up as they come. All of it is in count.go. Without a LOG the program makes a log
// of its own: it serves Go's sources on the loopback interface, visits them for a
// second or two, and logs that. With -size it reads the logs again and again until so
// many bytes are done.
//
// Standard output gets the report, standard error everything else. The exit status
// is 0 when all was counted, 1 when something could not be read, 2 for a wrong flag,
// and 130 after an interrupt, which prints what was counted so far.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/fanfold/fanfold/examples/internal/console"
	"github.com/fanfold/fanfold/examples/internal/stdout"
)

func main() {
	o, err := parse(os.Args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		stdout.Print(usage)
		return
	case err != nil:
		fmt.Fprintf(os.Stderr, "logstats: %v\n", err)
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program whatever it is doing

	j := &job{options: o, console: console.New("logstats", os.Stderr)}
	os.Exit(j.run(ctx, os.Stdout))
}
