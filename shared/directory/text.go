package directory

import (
	"net/url"
	"regexp"
	"strings"
)

// e164 is a plus sign and at most fifteen digits (ITU-T recommendation E.164:
// https://www.itu.int/rec/T-REC-E.164).
var e164 = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)

// IsPhone reports whether a text is a phone number as the pool writes them: in the form of
// E.164.
func IsPhone(text string) bool { return e164.MatchString(text) }

// IsLink reports whether a text is the address of a web page or image, with its host.
func IsLink(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// IsTrue reads the pool's booleans, which are strings.
func IsTrue(text string) bool { return strings.EqualFold(text, "true") }

// Cut returns the first so many characters of a text, never a part of one. What is cut
// ends without blanks.
func Cut(text string, characters int) string {
	for i := range text {
		if characters == 0 {
			return strings.TrimSpace(text[:i])
		}
		characters--
	}
	return text
}
