package portable

func Open() {}
