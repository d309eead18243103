package main

var wordcountSuite = suite{
	pkg: "wordcount",
	about: `The job of examples/wordcount, counting the words of the Go distribution's source
(about 10,000 files, in the system's cache), with the same function on each
carrier. hand-goroutines are as many goroutines as processors around a channel.`,
	baselines: map[string]string{"Count": "loop"},
	charts: []chart{{
		name: "wordcount", title: "Counting the words of 10,000 files, times as fast as the loop",
		tables: []string{"Count"},
	}},
	why: map[string]string{
		"Count/impl=hand-goroutines": "what a process has counted crosses a pipe, is made again and is merged by the parent, which has no core of its own",
	},
}
