//go:build !unix || aix

package poll

// system is empty: this system cannot wait for descriptors.
var system []maker
