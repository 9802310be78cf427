package family

// Tests have thousands of families, not hundreds of thousands: what is common begins earlier.
func init() { few, several, many, largeTotal = 40, 200, 1000, 1000 }

// MarksOf is for tests that look at search keys.
var MarksOf = marksOf
