package portable

// Open is documented here.
func Open() {}
