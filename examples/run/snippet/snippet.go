// Snippet is what run compiles: run puts a snippet in the place of this file.
package main

func main() {
	_begin()
	loud := _mute()
	loud()
	assert(true)
	_show()
}

func _begin() {}
