package cognitotest

import (
	"regexp"
	"slices"
	"strings"
)

// filter is a filter expression of ListUsers; the zero filter matches everybody.
type filter struct{ name, op, value string }

// filterForm is the form of a filter expression. Inside the value, a backslash
// escapes a quotation mark.
var filterForm = regexp.MustCompile(`^\s*([\w:]+)\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*$`)

// filterable are the attributes that ListUsers can search by. ("ListUsers",
// Filter)
var filterable = []string{
	"username", "email", "phone_number", "name", "given_name", "family_name",
	"preferred_username", "cognito:user_status", "status", "sub",
}

func (p *Pool) parseFilter(s string) (filter, error) {
	if s == "" {
		return filter{}, nil
	}
	m := filterForm.FindStringSubmatch(s)
	if m == nil || !slices.Contains(filterable, m[1]) {
		return filter{}, Answer("InvalidParameterException", 400)
	}
	f := filter{m[1], m[2], m[3]}
	if !p.settings.plainSlash {
		f.value = unescape(f.value)
	}
	if f.byPrefix() {
		switch p.settings.prefix {
		case refusePrefix:
			return filter{}, Answer("InvalidParameterException", 400)
		case ignorePrefix:
			return filter{}, nil
		}
	}
	return f, nil
}

func (f filter) byPrefix() bool { return f.name == "sub" && f.op == "^=" }

func unescape(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(s)
}

// finds reports whether the index leads to a user, whatever the user's record says.
func (p *Pool) finds(f filter, u *user) bool {
	if f == (filter{}) {
		return true
	}
	r := p.seen(u, p.settings.lag+p.settings.indexLag)
	return r != nil && f.matches(r)
}

func (f filter) matches(r *record) bool {
	var got string
	value := f.value
	switch f.name {
	case "":
		return true
	case "username":
		got = r.username
	case "status":
		got = map[bool]string{true: "Enabled", false: "Disabled"}[r.enabled]
	case "cognito:user_status":
		got, value = strings.ToUpper(string(r.status)), strings.ToUpper(value)
	default:
		got = r.get(f.name)
	}
	if f.op == "^=" {
		return strings.HasPrefix(got, value)
	}
	return got == value
}

// candidates returns the places where matching users can be, as few as can be found
// quickly.
func (p *Pool) candidates(f filter) []place {
	switch {
	case f.byPrefix():
		return p.places(p.base.withPrefix(f.value), func(u *user) bool { return strings.HasPrefix(u.sub, f.value) })
	case f.name == "sub":
		return p.lone([]string{f.value})
	case f.op == "=" && (f.name == "username" || f.name == "email"):
		// With a lag, users may still be found by what they were.
		if p.settings.lag+p.settings.indexLag == 0 {
			return p.lone(p.having(f.name, f.value))
		}
	}
	return p.places([]span{{0, p.base.n}}, func(*user) bool { return true })
}
