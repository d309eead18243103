package simplemath

// Add returns a + b.
func Add[N Number](a, b N) N { return a + b }
