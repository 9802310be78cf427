package family

// Tests have thousands of families, not hundreds of thousands: what is common begins earlier.
func init() { few, many, largeTotal = 40, 1000, 1000 }
