package decode

import "strings"

// Near returns which of known a misspelt name was probably meant to be, if one is
// close enough: at most a third of the characters differ, or one of a short name, and
// not all of them.
func Near(name string, known []string) (string, bool) {
	nearest := Nearest(name, known)
	d := distance(strings.ToLower(name), strings.ToLower(nearest))
	longer, shorter := max(len(name), len(nearest)), min(len(name), len(nearest))
	return nearest, d <= max(1, longer/3) && d < shorter
}
