package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode"
)

// errInterrupted says that a line was given up by Ctrl-C.
var errInterrupted = errors.New("interrupted")

// lines reads lines: from a terminal they can be edited, and those before come back.
type lines struct {
	in      *os.File
	r       *bufio.Reader
	out     io.Writer
	raw     bool // a terminal whose lines are edited here
	history []string
}

func newLines(in *os.File, out io.Writer) *lines {
	return &lines{in: in, r: bufio.NewReader(in), out: out, raw: isTerminal(in)}
}

func (l *lines) close() {}

// read returns a line. The error is io.EOF at the end, and errInterrupted after Ctrl-C.
func (l *lines) read(prompt string) (string, error) {
	if l.raw {
		restore, err := makeRaw(l.in)
		if err == nil {
			defer restore()
			e := editor{r: l.r, out: l.out, prompt: prompt, history: l.history, at: len(l.history), width: width(l.in)}
			line, err := e.edit()
			if err == nil && strings.TrimSpace(line) != "" {
				l.history = append(l.history, line)
			}
			return line, err
		}
		l.raw = false // it cannot be told
	}
	fmt.Fprint(l.out, prompt)
	line, err := l.r.ReadString('\n')
	if err == io.EOF && line != "" {
		err = nil
	}
	return strings.TrimRight(line, "\r\n"), err
}

// An editor edits one line.
type editor struct {
	r       *bufio.Reader
	out     io.Writer
	prompt  string
	history []string
	at      int // of history; its length is the line itself
	own     []rune
	line    []rune
	cursor  int
	width   int // of the screen
}

// What keys send. Those above 0x1000000 are no characters.
const (
	ctrlA, ctrlB, ctrlC, ctrlD, ctrlE, ctrlF = 1, 2, 3, 4, 5, 6
	ctrlH, ctrlK, ctrlL, ctrlN, ctrlP        = 8, 11, 12, 14, 16
	ctrlU, ctrlW, escape, backspace          = 21, 23, 27, 127

	keyUp, keyDown, keyRight, keyLeft, keyHome, keyEnd, keyDelete, keyNone = 1<<24 + 1, 1<<24 + 2, 1<<24 + 3, 1<<24 + 4, 1<<24 + 5, 1<<24 + 6, 1<<24 + 7, 1<<24 + 8
)

// edit returns the line when it is complete.
func (e *editor) edit() (string, error) {
	for {
		e.show()
		key, err := e.key()
		if err != nil {
			return "", err
		}
		switch key {
		case '\r', '\n':
			e.cursor = len(e.line)
			e.show()
			fmt.Fprint(e.out, "\n")
			return string(e.line), nil
		case ctrlC:
			fmt.Fprint(e.out, "^C\n")
			return "", errInterrupted
		case ctrlD:
			if len(e.line) == 0 {
				fmt.Fprint(e.out, "\n")
				return "", io.EOF
			}
			e.remove(e.cursor, e.cursor+1)
		case keyDelete:
			e.remove(e.cursor, e.cursor+1)
		case ctrlH, backspace:
			e.remove(e.cursor-1, e.cursor)
		case ctrlK:
			e.remove(e.cursor, len(e.line))
		case ctrlU:
			e.remove(0, e.cursor)
		case ctrlW:
			e.remove(e.wordBefore(), e.cursor)
		case ctrlL:
			fmt.Fprint(e.out, "\x1b[H\x1b[2J")
		case ctrlA, keyHome:
			e.cursor = 0
		case ctrlE, keyEnd:
			e.cursor = len(e.line)
		case ctrlB, keyLeft:
			e.cursor = max(0, e.cursor-1)
		case ctrlF, keyRight:
			e.cursor = min(len(e.line), e.cursor+1)
		case ctrlP, keyUp:
			e.recall(e.at - 1)
		case ctrlN, keyDown:
			e.recall(e.at + 1)
		case '\t':
			e.insert("\t")
		default:
			if key < keyUp && unicode.IsPrint(key) {
				e.insert(string(key))
			}
		}
	}
}

func (e *editor) insert(text string) {
	e.line = slices.Insert(e.line, e.cursor, []rune(text)...)
	e.cursor += len([]rune(text))
}

func (e *editor) remove(from, to int) {
	from, to = max(0, from), min(to, len(e.line))
	if from < to {
		e.line = slices.Delete(e.line, from, to)
		e.cursor = from
	}
}

// wordBefore is where the word before the cursor begins.
func (e *editor) wordBefore() int {
	i := e.cursor
	for i > 0 && e.line[i-1] == ' ' {
		i--
	}
	for i > 0 && e.line[i-1] != ' ' {
		i--
	}
	return i
}

// recall puts a line of the history in place of the line, which comes back after the last.
func (e *editor) recall(at int) {
	if at < 0 || at > len(e.history) {
		return
	}
	if e.at == len(e.history) {
		e.own = e.line
	}
	if e.at = at; at == len(e.history) {
		e.line = e.own
	} else {
		e.line = []rune(e.history[at])
	}
	e.cursor = len(e.line)
}

// show draws the prompt, and as much of the line around the cursor as fits.
func (e *editor) show() {
	room := max(e.width-len(e.prompt)-1, 10)
	first := max(0, e.cursor-room)
	part := e.line[first:min(len(e.line), first+room)]
	text := strings.ReplaceAll(string(part), "\t", " ")
	fmt.Fprintf(e.out, "\r%s%s\x1b[K", e.prompt, text)
	if back := len(part) - (e.cursor - first); back > 0 {
		fmt.Fprintf(e.out, "\x1b[%dD", back)
	}
}

// key reads what a key sends.
func (e *editor) key() (rune, error) {
	r, _, err := e.r.ReadRune()
	if err != nil || r != escape {
		return r, err
	}
	if r, _, err = e.r.ReadRune(); err != nil || r != '[' && r != 'O' {
		return keyNone, err
	}
	number := rune(0)
	for {
		if r, _, err = e.r.ReadRune(); err != nil {
			return 0, err
		}
		if r >= '0' && r <= '9' || r == ';' {
			number = number*10%1000 + r - '0'
			continue
		}
		break
	}
	switch r {
	case 'A':
		return keyUp, nil
	case 'B':
		return keyDown, nil
	case 'C':
		return keyRight, nil
	case 'D':
		return keyLeft, nil
	case 'H':
		return keyHome, nil
	case 'F':
		return keyEnd, nil
	case '~':
		switch number {
		case 1, 7:
			return keyHome, nil
		case 3:
			return keyDelete, nil
		case 4, 8:
			return keyEnd, nil
		}
	}
	return keyNone, nil
}
