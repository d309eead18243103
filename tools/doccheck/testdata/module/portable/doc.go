// Package portable has files for several systems.
package portable
