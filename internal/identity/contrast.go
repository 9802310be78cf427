package identity

import (
	"math"
	"strconv"
)

// minContrast is what text needs against its background (WCAG 2.2, 1.4.3): the accent carries white words on
// buttons and is the colour of links on white.
const minContrast = 4.5

// contrastWithWhite returns the contrast of a colour, #rrggbb, with white, from 1 to 21; false when it is no colour.
func contrastWithWhite(colour string) (ratio float64, ok bool) {
	if len(colour) != 7 || colour[0] != '#' {
		return 0, false
	}
	n, err := strconv.ParseUint(colour[1:], 16, 32)
	if err != nil {
		return 0, false
	}
	linear := func(shift uint) float64 { // relative luminance as WCAG defines it
		c := float64(n>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	luminance := 0.2126*linear(16) + 0.7152*linear(8) + 0.0722*linear(0)
	return 1.05 / (luminance + 0.05), true
}
