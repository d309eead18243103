// Package files moves files over HTTP. [Local] and [Memory] are where they are kept.
package files
