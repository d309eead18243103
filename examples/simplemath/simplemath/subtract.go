package simplemath

// Subtract returns a - b. The difference of unsigned numbers wraps around.
func Subtract[N Number](a, b N) N { return a - b }
