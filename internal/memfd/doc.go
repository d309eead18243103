// Package memfd makes memory that processes share by passing a file descriptor.
// It has no name in any file system: it is gone with the last process that has it
// open or mapped, however that ends. It is for Linux; on other systems the package
// is empty.
package memfd
