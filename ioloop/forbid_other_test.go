//go:build !linux

package ioloop_test

import "errors"

func forbidRing() error { return errors.ErrUnsupported }
