package form

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

func (d *decoder) boolean(path string, value any, to reflect.Value, tag reflect.StructTag) {
	b, ok := value.(bool)
	if !ok {
		d.complain(path, "%s", misfit(value, reflect.Bool))
		setDefault(to, tag.Get("default"))
		return
	}
	to.SetBool(b)
}

func (d *decoder) text(path string, value any, to reflect.Value, tag reflect.StructTag) {
	text, ok := d.word(path, value, tag)
	if !ok {
		text = tag.Get("default")
	}
	to.SetString(text)
}

// word returns a text, and whether it may stand there. A blank one is no way to
// leave it out.
func (d *decoder) word(path string, value any, tag reflect.StructTag) (string, bool) {
	text, ok := value.(string)
	allowed := strings.Fields(tag.Get("oneOf"))
	switch {
	case !ok:
		d.complain(path, "%s", misfit(value, reflect.String))
	case strings.TrimSpace(text) == "":
		d.complain(path, "is empty: give it a value, or leave it out")
	case len(allowed) > 0 && !slices.Contains(allowed, text):
		d.complain(path, "is not %s", alternatives(allowed))
	case tag.Get("form") != "":
		return d.formed(path, text, tag.Get("form"))
	default:
		return text, true
	}
	return "", false
}

// formed returns a text of a form as it is kept, and whether it may stand there.
func (d *decoder) formed(path, text, form string) (string, bool) {
	kept, err := d.texts[form].read(text)
	if err != nil {
		d.complain(path, "%v", err)
		return "", false
	}
	return kept, true
}

// number fills a whole number. One without a range has only those of its type.
func (d *decoder) number(path string, value any, to reflect.Value, tag reflect.StructTag) {
	n, complaint := wholeNumber(value, tag)
	if complaint != "" {
		d.complain(path, "%s", complaint)
		setDefault(to, tag.Get("default"))
		return
	}
	to.SetInt(n)
}

// wholeNumber returns the number that a value is, or else what is wrong with it.
func wholeNumber(value any, tag reflect.StructTag) (n int64, complaint string) {
	text, ok := value.(json.Number)
	if !ok {
		return 0, misfit(value, reflect.Int)
	}
	low, high := int64(math.MinInt64), int64(math.MaxInt64)
	fmt.Sscan(tag.Get("range"), &low, &high)
	allowed := strings.Fields(tag.Get("oneOf"))
	n, err := strconv.ParseInt(string(text), 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange) || err == nil && (n < low || n > high):
		return 0, fmt.Sprintf("is not a whole number from %d to %d", low, high)
	case err != nil:
		return 0, "is not a whole number, in digits"
	case len(allowed) > 0 && !slices.Contains(allowed, strconv.FormatInt(n, 10)):
		return 0, "is not " + alternatives(allowed)
	}
	return n, ""
}

// bounds returns the range in a tag, and whether it has one.
func bounds(tag reflect.StructTag) (low, high int, ok bool) {
	n, _ := fmt.Sscan(tag.Get("range"), &low, &high)
	return low, high, n == 2
}

// setDefault sets a value from the text in a tag, and a struct from its fields' tags.
func setDefault(to reflect.Value, text string) {
	switch to.Kind() {
	case reflect.Struct:
		for field, at := range to.Fields() {
			setDefault(at, field.Tag.Get("default"))
		}
	case reflect.Bool:
		to.SetBool(text == "true")
	case reflect.Int, reflect.Int64:
		n, _ := strconv.ParseInt(text, 10, 64) // a test decodes every default
		to.SetInt(n)
	case reflect.String:
		to.SetString(text)
	case reflect.Slice:
		if text != "" {
			to.Set(reflect.ValueOf(strings.Fields(text)))
		}
	}
}
