module github.com/fanfold/fanfold/conformance

go 1.26.0

require (
	github.com/anishathalye/porcupine v1.3.1
	github.com/fanfold/fanfold v0.0.0
)

replace github.com/fanfold/fanfold => ../
