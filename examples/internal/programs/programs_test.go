package programs

import (
	"os"
	"strings"
	"testing"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

func TestPrograms(t *testing.T) {
	t.Chdir("testdata/programs")
	Test(t, []Program{
		{Name: "hello", Stdout: "hello\nworld\n", NoFlags: true},
		{Name: "hello", Stdout: "world\nhello\n", Order: Sorted, NoFlags: true},
		{Name: "fail", Args: "3", Stdout: "", Stderr: "failing", Status: 3, NoFlags: true},
	})
}

// The longer programs have tests of their own. That they fail when nothing can be printed
// is seen here, as for all others.
func TestLongerPrograms(t *testing.T) {
	t.Chdir("../..")
	const data = "internal/programs/testdata/"
	Test(t, append(servers, []Program{
		{Name: "crawler", Args: "-delay 0s", Order: lastLine, Stdout: "307 pages visited, 6 broken links\n", Stderr: "crawling a site of its own"},
		{Name: "logstats", Args: "-top 0 " + data + "access.log", Order: firstLine, Stdout: "1 requests, 1 hosts, 1 paths, 100 bytes sent, 0 malformed lines\n", Stderr: "read 0.0 MB"},
		{Name: "run", Args: "-h", Order: firstLine, Stdout: "usage: run [option]... [-c code | -m name | file | -] [argument]...\n", NoFlags: true},
		{Name: "simplemath", Elsewhere: true},
		{Name: "steps", Stdout: "[0 16 111 118] <nil>\n0 ipc: steps was ended while it ran: context deadline exceeded\n[0 16 111 118] <nil>\n", NoFlags: true},
		{Name: "wordcount", Args: "-top 1 " + data + "text", Stdout: "2 be\ntotal 6 words, 4 distinct, 1 files, 19 bytes\n"},
	}...))
}

// servers run where the event loop does.
var servers []Program

func firstLine(text string) any {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

func lastLine(text string) any {
	text = strings.TrimSuffix(text, "\n")
	return text[strings.LastIndex(text, "\n")+1:]
}
