package family

// Tests have thousands of families, not hundreds of thousands: what is common begins earlier.
func init() { few, several, many, largeTotal = 40, 400, 1000, 1000 }
