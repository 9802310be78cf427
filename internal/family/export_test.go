package family

// Tests have thousands of families, not hundreds of thousands: what is common begins earlier.
func init() { few, many = 40, 1000 }
