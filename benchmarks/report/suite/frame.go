package suite

var frames = Suite{
	Pkg:       "netx/frame",
	Why:       map[string]Reason{"Echo": raw},
	Baselines: map[string]string{"Echo": "raw-bytes"},
	Marks: []Mark{
		{Name: "frames-over-raw-bytes", Of: "Echo/impl=fanfold/size=64B/pipeline=1", Over: "raw-bytes", Op: AtMost, Target: 1.05},
		{Name: "32-frames-over-raw-bytes", Of: "Echo/impl=fanfold/size=64B/pipeline=32", Over: "raw-bytes", Op: AtMost, Target: 1.05},
	},
}

var http = Suite{
	Pkg:       "netx/httpx",
	Baselines: map[string]string{"Serve": "net-http", "Get": "net-http"},
	Marks: []Mark{
		{Name: "httpx.Serve-over-http.Server", Of: "Serve/impl=fanfold", Over: "net-http", Op: AtMost, Target: 1.03},
		{Name: "Session.Get-over-http.Client", Of: "Get/impl=fanfold", Over: "net-http", Op: AtMost, Target: 1.05},
	},
}
