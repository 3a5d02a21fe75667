package userhubtest

import (
	"cmp"
	"encoding/base64"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Page sizes of the API: a larger one is lowered to the maximum.
const (
	defaultPageSize = 20
	maxPageSize     = 100
	minPrefix       = 3 // characters that a prefix filter has at least
)

// orders are the documented values of orderBy.
var orders = map[string]func(a, b *User) int{
	"":                func(a, b *User) int { return cmp.Compare(a.ID, b.ID) },
	"displayName asc": func(a, b *User) int { return cmp.Compare(a.DisplayName, b.DisplayName) },
	"email asc":       func(a, b *User) int { return cmp.Compare(a.Email, b.Email) },
	"signupTime desc": func(a, b *User) int { return b.SignupTime.Compare(a.SignupTime) },
	"createTime desc": func(a, b *User) int { return b.CreateTime.Compare(a.CreateTime) },
	"deleteTime desc": func(a, b *User) int { return b.DeleteTime.Compare(a.DeleteTime) },
}

// page is the answer to a list request.
type page struct {
	Users         []*User `json:"users"`
	NextPageToken string  `json:"nextPageToken,omitempty"`
}

// list answers one page of the users that match.
func (s *Server) list(q Request) (any, *apiError) {
	order, ok := orders[q.Query.Get("orderBy")]
	if !ok {
		return nil, invalidArgument("orderBy", "not a documented order")
	}
	size, err := pageSize(q.Query)
	if err != nil {
		return nil, err
	}
	start, err := offset(q.Query)
	if err != nil {
		return nil, err
	}
	users := []*User{}
	for _, user := range s.users.users {
		if matches(user, q.Query) {
			users = append(users, user)
		}
	}
	slices.SortStableFunc(users, order)

	start = min(start, len(users))
	end := min(start+size, len(users))
	answer := page{Users: users[start:end]}
	if end < len(users) {
		answer.NextPageToken = token(q.Query, end)
	}
	return answer, nil
}

func pageSize(query url.Values) (int, *apiError) {
	text := query.Get("pageSize")
	if text == "" {
		return defaultPageSize, nil
	}
	size, err := strconv.Atoi(text)
	if err != nil || size < 0 {
		return 0, invalidArgument("pageSize", "want a number")
	}
	return min(cmp.Or(size, defaultPageSize), maxPageSize), nil
}

// token names the place where the next page starts. It is bound to the other
// parameters, which must not change from page to page.
func token(query url.Values, start int) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(start) + " " + filters(query)))
}

func offset(query url.Values) (int, *apiError) {
	text := query.Get("pageToken")
	if text == "" {
		return 0, nil
	}
	decoded, _ := base64.RawURLEncoding.DecodeString(text)
	number, bound, _ := strings.Cut(string(decoded), " ")
	start, err := strconv.Atoi(number)
	if err != nil || start < 0 || bound != filters(query) {
		return 0, invalidArgument("pageToken", "not a token of this list")
	}
	return start, nil
}

// filters returns the parameters that a page token is bound to.
func filters(query url.Values) string {
	bound := url.Values{}
	for _, name := range []string{"displayName", "email", "orderBy", "showDeleted", "view"} {
		bound.Set(name, query.Get(name))
	}
	return bound.Encode()
}

// matches applies the filters of a list request.
func matches(user *User, query url.Values) bool {
	return (user.State != pendingDeletion || query.Get("showDeleted") == "true") &&
		matchesText(user.DisplayName, query.Get("displayName")) &&
		matchesText(user.Email, query.Get("email"))
}

// matchesText compares without case; a trailing asterisk after at least three
// characters makes it a prefix.
func matchesText(text, filter string) bool {
	text, filter = strings.ToLower(text), strings.ToLower(filter)
	if prefix, ok := strings.CutSuffix(filter, "*"); ok && len(prefix) >= minPrefix {
		return strings.HasPrefix(text, prefix)
	}
	return filter == "" || text == filter
}
