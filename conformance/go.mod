module github.com/fanfold/fanfold/conformance

go 1.26.0

require (
	github.com/anishathalye/porcupine v1.3.1
	github.com/fanfold/fanfold v0.0.0
	github.com/stretchr/testify v1.12.1
	golang.org/x/net v0.62.0
	golang.org/x/sys v0.50.0
)

require (
	github.com/gobwas/httphead v0.1.0 // indirect
	github.com/gobwas/ws v1.5.0 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/sync v0.24.0 // indirect
)

replace github.com/fanfold/fanfold => ../
