package suite

var websocket = Suite{
	Pkg:       "netx/ws",
	Baselines: map[string]string{"Echo": "gws", "Deflate": "gorilla", "Broadcast": "gws"},
	Marks: []Mark{
		{Name: "websocket-64B-over-gws", Of: "Echo/impl=fanfold/size=64B/pipeline=1", Over: "gws", Op: AtMost, Target: 1},
		{Name: "websocket-16x64B-over-gws", Of: "Echo/impl=fanfold/size=64B/pipeline=16", Over: "gws", Op: AtMost, Target: 1},
		{Name: "websocket-4KiB-over-gws", Of: "Echo/impl=fanfold/size=4KiB/pipeline=1", Over: "gws", Op: AtMost, Target: 1},
		{Name: "websocket-1MiB-over-gws", Of: "Echo/impl=fanfold/size=1MiB/pipeline=1", Over: "gws", Op: AtMost, Target: 1},
		{Name: "deflate-over-gorilla", Of: "Deflate/impl=fanfold/size=4KiB/pipeline=1", Over: "gorilla", Op: AtMost, Target: 1},
		{Name: "deflate-over-coder", Of: "Deflate/impl=fanfold/size=4KiB/pipeline=1", Over: "coder", Op: AtMost, Target: 1},
		{Name: "broadcast-over-gws", Of: "Broadcast/impl=fanfold", Over: "gws", Op: AtMost, Target: 1},
		{Name: "broadcast-over-melody", Of: "Broadcast/impl=fanfold", Over: "melody", Op: AtMost, Target: 1},
		{Name: "broadcast-beside-silent", Of: "Silent/impl=fanfold-silent", Over: "fanfold", Op: AtMost, Target: 1.05},
		{Name: "websocket-idle-bytes", Of: "Idle/impl=fanfold", Unit: "idle-B", Per: 1, Op: AtMost, Target: 6144},
	},
}
