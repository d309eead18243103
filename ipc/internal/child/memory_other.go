//go:build unix && !linux

package child

// memory returns the limits of data (RLIMIT_DATA) and of address space (RLIMIT_AS) for
// l.Memory; 0 for none.
func (l Limits) memory() (data, space int64) {
	if l.Memory == 0 {
		return 0, 0
	}
	return l.Memory + emptyData, 0
}
