package table

import (
	"math"
	"strconv"
	"time"
)

// Figure is a number with its unit. The zero Figure stands for none, and is written as an
// empty cell.
type Figure struct {
	N    float64
	unit func(float64) string
}

// String returns the figure as the table shows it.
func (f Figure) String() string {
	if f.unit == nil {
		return ""
	}
	return f.unit(f.N)
}

// Milliseconds is a time.
func Milliseconds(d time.Duration) Figure {
	return Figure{d.Seconds() * 1e3, func(n float64) string { return digits(n) + " ms" }}
}

// Microseconds is a short time.
func Microseconds(d time.Duration) Figure {
	return Figure{d.Seconds() * 1e6, func(n float64) string { return digits(n) + " µs" }}
}

// Long is a time in seconds, or in minutes if it is long.
func Long(d time.Duration) Figure {
	return Figure{d.Seconds(), func(n float64) string {
		if n > 600 {
			return digits(n/60) + " min"
		}
		return digits(n) + " s"
	}}
}

// MiB is an amount of memory or of storage, in bytes.
func MiB(bytes int64) Figure {
	return Figure{float64(bytes) / (1 << 20), func(n float64) string { return digits(n) + " MiB" }}
}

// PerSecond is a rate.
func PerSecond(n float64) Figure {
	return Figure{n, func(n float64) string { return digits(n) + "/s" }}
}

// Number is a quotient, or anything else without a unit.
func Number(n float64) Figure { return Figure{n, digits} }

// Count is a number of things.
func Count(n int) Figure {
	return Figure{float64(n), func(n float64) string { return grouped(int(n)) }}
}

// digits writes a number with three significant digits; from 100 on, as a whole number.
func digits(n float64) string {
	if n == 0 {
		return "0"
	}
	if n = significant(n); math.Abs(n) >= 100 {
		return grouped(int(math.Round(n)))
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// quotient writes a ratio in five characters or less, as far as that goes.
func quotient(n float64) string {
	if n > 0 && n < 0.1 {
		return strconv.FormatFloat(n, 'f', 3, 64)
	}
	return digits(n)
}

// significant rounds n below 100 to three significant digits.
func significant(n float64) float64 {
	if math.Abs(n) >= 100 {
		return n
	}
	scale := math.Pow(10, 2-math.Floor(math.Log10(math.Abs(n))))
	return math.Round(n*scale) / scale
}

// grouped writes a whole number with commas between the thousands.
func grouped(n int) string {
	if n < 0 {
		return "-" + grouped(-n)
	}
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
