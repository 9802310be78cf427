package seal

import (
	"strings"
)

// Find returns the first signed checkpoint in a text, such as an e-mail that was saved as a file, free of what mail
// programs do to lines: quotation marks and blanks around them, other line ends, a signature broken in two. A text
// without one is returned as it is. Nothing is believed here: the signature is checked later, over what is returned.
func Find(text string) string {
	lines := strings.Split(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\u00a0", " "), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(strings.TrimLeft(lines[i], "> \t\ufeff"))
	}
	for i, line := range lines {
		if line != Origin || len(lines) < i+4 {
			continue
		}
		if signatures := signaturesIn(lines[i+3:]); len(signatures) > 0 {
			return strings.Join(lines[i:i+3], "\n") + "\n\n" + strings.Join(signatures, "\n") + "\n"
		}
	}
	return text
}

// signaturesIn returns the signatures at the beginning of the lines, after empty ones.
func signaturesIn(lines []string) (out []string) {
	for _, line := range lines {
		switch {
		case strings.HasPrefix(line, "— "):
			out = append(out, line)
		case line == "" && len(out) == 0:
		case line == "" || len(out) == 0:
			return out
		case len(strings.Fields(out[len(out)-1])) < 3: // broken between the name and the signature
			out[len(out)-1] += " " + line
		default:
			out[len(out)-1] += line
		}
	}
	return out
}
