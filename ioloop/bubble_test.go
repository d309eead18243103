package ioloop_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ioloop"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// bubble runs a test in a bubble, with a loop whose poller plays a script.
func bubble(t *testing.T, test func(*testing.T, *ioloop.Loop, *poll.Script), options ...ioloop.Options) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		poller, script := poll.Scripted()
		o := ioloop.Options{}
		if len(options) > 0 {
			o = options[0]
		}
		o.Poller = poller
		l, err := ioloop.New(o)
		require.NoError(t, err)
		defer l.Close()
		test(t, l, script)
	})
}

// run runs the loop until a callback stops it.
func run(t *testing.T, l *ioloop.Loop) {
	t.Helper()
	require.NoError(t, l.Run(t.Context()))
}

var background = context.Background()
