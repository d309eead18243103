package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// A session is what was typed in so far.
type session struct {
	*workshop
	before []piece
}

// interact runs what is typed in, piece by piece, until the input ends.
func (w *workshop) interact(name, code string, in *os.File, out io.Writer) error {
	s := &session{workshop: w}
	if pieces := split(name, code); !isProgram(pieces) {
		s.before = pieces
	}
	lines := newLines(in, out)
	defer lines.close()
	fmt.Fprintf(out, "%s\nAn empty line after an open bracket goes on; the end of the input (Ctrl-D) ends.\n", version())
	for n := 1; ; {
		text, err := lines.read(">>> ")
		for err == nil && open(text) {
			var more string
			more, err = lines.read("... ")
			text += "\n" + more
		}
		switch {
		case errors.Is(err, errInterrupted):
			continue
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		if strings.TrimSpace(text) == "" {
			continue
		}
		s.enter(fmt.Sprintf("<stdin-%d>", n), text, out)
		n++
	}
}

// enter runs a text after all that was typed in before, and keeps it if that goes well. A
// text that is an expression shows its values.
func (s *session) enter(name, text string, out io.Writer) {
	pieces := split(name, text)
	if len(pieces) == 0 {
		return
	}
	last := &pieces[len(pieces)-1]
	last.shown = last.isExpression()
	status, err := s.try(pieces)
	if err != nil && last.shown && strings.Contains(err.Error(), "used as value") {
		last.shown = false // a call without results
		status, err = s.try(pieces)
	}
	switch {
	case err != nil:
		fmt.Fprintln(out, err)
	case status != 0:
		fmt.Fprintf(out, "exit status %d\n", status)
	default:
		s.before = append(s.before, pieces...)
	}
}

// try runs all there was, and these pieces aloud.
func (s *session) try(pieces []piece) (int, error) {
	source, err := program{before: s.before, pieces: pieces}.source(s.shelf.find, s.options.optimize)
	if err != nil {
		return 1, err
	}
	binary, err := s.build(source)
	if err != nil {
		return 1, err
	}
	return wait(s.command(binary, nil))
}
