package concurrent_test

import (
	"expvar"
	"fmt"

	"github.com/fanfold/fanfold/concurrent"
)

// What Stats returns has names for JSON, which is all that package expvar needs.
func ExampleQueue_Stats() {
	jobs := concurrent.NewQueue[string](10)
	expvar.Publish("jobs", expvar.Func(func() any { return jobs.Stats() }))
	_ = jobs.TryPut("first")
	fmt.Println(expvar.Get("jobs"))
	// Output: {"len":1,"max_size":10,"put":1,"got":0,"dropped":0,"unfinished":1,"putters":0,"getters":0,"shutdown":false}
}
