package family

import (
	"hash/fnv"

	"entgo.io/ent/dialect/sql"
)

// Every search key carries marks for all keys of its family: a Bloom filter of 53 bits over their stems. Of the
// families that have one word, those that lack another are passed over in the index itself; only for the few that
// are left is it worth asking whether they have it. 53, because a column's default passes through a floating-point number
// on its way to the migrations.
const markBits = 53

// marksOf returns the marks of a family with these keys.
func marksOf(keys []string) int64 {
	var marks int64
	for _, key := range keys {
		marks |= marksOfStem(stem(key))
	}
	return marks
}

// marksOfStem sets three bits: with some twelve keys a family, one in eight has the marks of a word it lacks.
func marksOfStem(stem string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(stem))
	sum := h.Sum64()
	return 1<<(sum%markBits) | 1<<(sum>>21%markBits) | 1<<(sum>>42%markBits)
}

// marked writes the condition that a family may have what was typed. A letter or two are no stem and say nothing.
func marked(b *sql.Builder, column string, typed []counted) {
	var marks int64
	for _, t := range typed {
		if len(t.key) >= stemBytes {
			marks |= marksOfStem(stem(t.key))
		}
	}
	if marks != 0 {
		b.WriteString(" AND (" + column + " & ").Arg(marks).WriteString(") = ").Arg(marks)
	}
}
