package policy

// SetChunk changes how many families are looked through at once, and returns what puts it back.
func SetChunk(n int) func() {
	before := chunk
	chunk = n
	return func() { chunk = before }
}
