package x

func Bare() {}
