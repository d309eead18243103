package main

import (
	"fmt"
	"slices"
	"strings"
)

// options are the command line.
type options struct {
	snippet     bool   // command is one
	command     string // of -c
	module      string // of -m
	file        string
	args        []string // of the snippet, the module or the file
	help        bool
	version     bool
	verbose     bool
	optimize    bool
	clean       bool // without Go's environment variables
	interactive bool
	skipFirst   bool
	warnings    string // ignore, default or error
	dev         bool
	faults      bool
	notes       []string // on options that mean nothing here
}

const usage = `usage: run [option]... [-c code | -m name | file | -] [argument]...

-c code   run a snippet: statements and declarations; imports are found
-m name   run an example, such as wordcount or netx.fetch; http.server serves
          the working directory
file      run a snippet, or a program, from a file; -: from standard input
-h        print this, and end; also --help
-i        go on with lines that are typed in, after the snippet
-E        ignore the environment variables whose names begin with GO
-O, -OO   leave out calls of assert, and the program's symbols
-u        do not buffer output: Go's is not buffered anyway
-v        say which packages are loaded
-V        print the versions of fanfold and Go, and end; also --version
-W what   what go vet finds: ignore (as without -W), default (say it), or
          error (say it, and do not run)
-x        skip the first line of the file
-X what   faulthandler: a crash, or SIGQUIT, shows all goroutines
          dev: find data races

Snippets may call assert(condition, values...), which panics if the condition
does not hold. Lines that are typed in are added to those before, and the whole
runs again, without the output of those before.
`

// pointless are Python's options that mean nothing for Go, with the reason.
var pointless = map[byte]string{
	'B': "-B does nothing: no byte code is written",
	's': "-s does nothing: there is no folder of the user's own packages; go.mod says what is imported",
	'S': "-S does nothing: nothing is imported at the start",
	't': "-t does nothing: Go does not look at indentation",
	'R': "-R does nothing: maps are hashed at random anyway",
	'Q': "-Q does nothing: 3/2 is 1, 3.0/2 is 1.5",
}

// parse returns what the arguments say. As with python, letters may stand together, a value
// may follow its letter at once, and -c, -m and the file end the options.
func parse(args []string) (*options, error) {
	o := &options{warnings: "ignore"}
	for len(args) > 0 {
		arg := args[0]
		if arg == "-" || !strings.HasPrefix(arg, "-") {
			o.file, o.args = arg, args[1:]
			return o, nil
		}
		args = args[1:]
		switch arg {
		case "--":
			if len(args) > 0 {
				o.file, o.args = args[0], args[1:]
			}
			return o, nil
		case "--help":
			o.help = true
			continue
		case "--version":
			o.version = true
			continue
		}
		for i := 1; i < len(arg); i++ {
			letter := arg[i]
			if !strings.ContainsRune("cmWXQ", rune(letter)) {
				if err := o.set(letter); err != nil {
					return nil, err
				}
				continue
			}
			value := arg[i+1:]
			if value == "" {
				if len(args) == 0 {
					return nil, fmt.Errorf("-%c lacks its value", letter)
				}
				value, args = args[0], args[1:]
			}
			if err := o.setValue(letter, value); err != nil {
				return nil, err
			}
			if letter == 'c' || letter == 'm' {
				o.args = args
				return o, nil
			}
			break
		}
	}
	return o, nil
}

// set sets an option that has no value.
func (o *options) set(letter byte) error {
	switch letter {
	case 'h':
		o.help = true
	case 'i':
		o.interactive = true
	case 'E':
		o.clean = true
	case 'O':
		o.optimize = true
	case 'u':
	case 'v':
		o.verbose = true
	case 'V':
		o.version = true
	case 'x':
		o.skipFirst = true
	default:
		note, ok := pointless[letter]
		if !ok {
			return fmt.Errorf("there is no option -%c", letter)
		}
		if !slices.Contains(o.notes, note) {
			o.notes = append(o.notes, note)
		}
	}
	return nil
}

// setValue sets an option that has one.
func (o *options) setValue(letter byte, value string) error {
	switch letter {
	case 'c':
		o.snippet, o.command = true, value
	case 'm':
		o.module = value
	case 'W':
		if !slices.Contains([]string{"ignore", "default", "error"}, value) {
			return fmt.Errorf("-W %s: want ignore, default or error", value)
		}
		o.warnings = value
	case 'X':
		switch value {
		case "dev":
			o.dev = true
		case "faulthandler":
			o.faults = true
		default:
			return fmt.Errorf("-X %s: want faulthandler or dev", value)
		}
	default:
		return o.set(letter)
	}
	return nil
}
