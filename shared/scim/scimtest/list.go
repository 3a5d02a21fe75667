package scimtest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// filterForm is all the grammar that we are asked in.
var filterForm = regexp.MustCompile(`^([A-Za-z.]+) eq ("(?:[^"\\]|\\.)*")$`)

// filterable are the attributes that users can be found by.
var filterable = []string{"userName", "externalId", "emails.value"}

// list answers a listing.
func (s *Server) list(w http.ResponseWriter, r Request) error {
	query, err := url.ParseQuery(r.Query)
	if err != nil {
		return bad("invalidFilter", "malformed query")
	}
	found := s.users
	if text := query.Get("filter"); text != "" {
		if found, err = s.filter(text); err != nil {
			return err
		}
	}
	size := s.behaviour.PageSize
	if size == 0 {
		size = 1000
	}
	asked := number(query, "count", size)
	start := max(number(query, "startIndex", 1), 1)
	if start > len(found) && s.behaviour.FirstPageAgain {
		start = 1
	}
	page := found[min(start-1, len(found)):]
	page = page[:min(len(page), asked, size)]
	resources := []any{}
	for _, u := range page {
		resources = append(resources, s.render(u))
	}
	items := len(page)
	if s.behaviour.ItemsAsked {
		items = asked
	}
	s.write(w, http.StatusOK, object{
		"schemas": []string{listSchema}, "totalResults": len(found), "startIndex": start, "itemsPerPage": items, "Resources": resources,
	})
	return nil
}

func number(query url.Values, name string, otherwise int) int {
	if n, err := strconv.Atoi(query.Get(name)); err == nil {
		return max(n, 0)
	}
	return otherwise
}

// filter returns the users of whom an attribute has a value.
func (s *Server) filter(text string) ([]*record, error) {
	form := filterForm.FindStringSubmatch(text)
	var value string
	if form == nil || json.Unmarshal([]byte(form[2]), &value) != nil ||
		!slices.Contains(filterable, form[1]) || slices.Contains(s.behaviour.Unfiltered, form[1]) {
		switch s.behaviour.Filtering {
		case Empty:
			return nil, nil
		case Everyone:
			return s.users, nil
		}
		return nil, bad("invalidFilter", "not supported: "+text)
	}
	var found []*record
	for _, u := range s.users {
		if s.matches(u, form[1], value) && s.count()-u.madeAt >= s.behaviour.LateIndex {
			found = append(found, u)
		}
	}
	return found, nil
}

func (s *Server) matches(u *record, attribute, value string) bool {
	switch attribute {
	case "externalId":
		return u.text("externalId") == value
	case "userName":
		return u.text("userName") == value || !s.behaviour.NameHasCase && strings.EqualFold(u.text("userName"), value)
	}
	list, _ := get(u.content, "emails").([]any)
	return slices.ContainsFunc(list, func(e any) bool {
		address, _ := e.(object)["value"].(string)
		return strings.EqualFold(address, value)
	})
}
