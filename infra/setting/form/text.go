package form

import (
	"errors"
	"regexp"
	"sync"
)

// Texts are the forms of texts, by the names that tags call them by. They are all that
// this package is told of what it reads, besides the tags.
type Texts map[string]Text

// Text is the form of a text. What completes "<path> ..." in it never repeats the text.
type Text struct {
	// Pattern has to match the text. It is written so that Go and ECMAScript, which
	// JSON Schema refers to, read it alike; empty: any text matches.
	Pattern string
	// Complaint completes "<path> ..." for a text that does not match.
	Complaint string
	// Mistake recognises frequent mistakes. It completes "<path> ..." with their remedy,
	// or returns "". Nil: there is none. It sees every text, also one that matches.
	Mistake func(text string) string
	// Check refuses what the pattern cannot. Nil: nothing.
	Check func(text string) error
	// Clean returns the text as it is kept. Nil: as it was written.
	Clean func(text string) string
}

// read returns a text as it is kept, or what is wrong with it.
func (t Text) read(text string) (string, error) {
	if t.Mistake != nil {
		if remedy := t.Mistake(text); remedy != "" {
			return "", errors.New(remedy)
		}
	}
	if !compiled(t.Pattern).MatchString(text) {
		return "", errors.New(t.Complaint)
	}
	if t.Check != nil {
		if err := t.Check(text); err != nil {
			return "", err
		}
	}
	if t.Clean != nil {
		text = t.Clean(text)
	}
	return text, nil
}

// patterns are those that have been compiled.
var patterns sync.Map

func compiled(pattern string) *regexp.Regexp {
	if known, ok := patterns.Load(pattern); ok {
		return known.(*regexp.Regexp)
	}
	fresh := regexp.MustCompile(pattern)
	patterns.Store(pattern, fresh)
	return fresh
}
