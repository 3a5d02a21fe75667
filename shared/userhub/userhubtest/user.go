package userhubtest

import (
	"fmt"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"
)

// Profile holds what a caller may write of a user.
type Profile struct {
	UniqueID            string    `json:"uniqueId,omitempty"`
	DisplayName         string    `json:"displayName,omitempty"`
	Email               string    `json:"email,omitempty"`
	EmailVerified       bool      `json:"emailVerified"`
	PhoneNumber         string    `json:"phoneNumber,omitempty"`
	PhoneNumberVerified bool      `json:"phoneNumberVerified"`
	ImageURL            string    `json:"imageUrl,omitempty"`
	CurrencyCode        string    `json:"currencyCode,omitempty"`
	LanguageCode        string    `json:"languageCode,omitempty"`
	RegionCode          string    `json:"regionCode,omitempty"`
	TimeZone            string    `json:"timeZone,omitempty"`
	Address             *Address  `json:"address,omitempty"`
	SignupTime          time.Time `json:"signupTime,omitzero"`
	Disabled            bool      `json:"disabled"`
}

// Address is a postal address.
type Address struct {
	Lines      []string `json:"lines,omitempty"`
	City       string   `json:"city,omitempty"`
	State      string   `json:"state,omitempty"`
	PostalCode string   `json:"postalCode,omitempty"`
	Country    string   `json:"country,omitempty"`
}

// User is a user of the tenant, in the API's own form.
type User struct {
	ID          string `json:"id"`
	State       string `json:"state"`
	StateReason string `json:"stateReason,omitempty"`
	Profile
	AccountConnections []AccountConnection `json:"accountConnections,omitempty"`
	CreateTime         time.Time           `json:"createTime"`
	UpdateTime         time.Time           `json:"updateTime"`
	DeleteTime         time.Time           `json:"deleteTime,omitzero"`
}

// AccountConnection ties a user to the connection's own record of the user.
type AccountConnection struct {
	Connection Connection `json:"connection"`
	ExternalID string     `json:"externalId"`
	State      string     `json:"state"`
}

// Connection names a connection.
type Connection struct {
	ID string `json:"id"`
}

// The states of a user that the stand-in uses.
const (
	active          = "ACTIVE"
	disabled        = "DISABLED"
	pendingDeletion = "PENDING_DELETION"
)

// The limits of a profile, as UserHub documents them. What the real one does with
// a longer value is not documented; the stand-in refuses it.
const (
	maxDisplayName = 200
	maxEmail       = 320
	maxImageURL    = 2000
)

var (
	uniqueIDForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$`)
	phoneForm    = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)
)

// check returns the API's objection to a profile, or nil.
func (p Profile) check() *apiError {
	switch {
	case p.UniqueID != "" && !uniqueIDForm.MatchString(p.UniqueID):
		return invalidArgument("uniqueId", "want letters, digits, _ and -, at most 255")
	case utf8.RuneCountInString(p.DisplayName) > maxDisplayName:
		return invalidArgument("displayName", "too long")
	case utf8.RuneCountInString(p.Email) > maxEmail:
		return invalidArgument("email", "too long")
	case p.PhoneNumber != "" && !phoneForm.MatchString(p.PhoneNumber):
		return invalidArgument("phoneNumber", "want E.164")
	case utf8.RuneCountInString(p.ImageURL) > maxImageURL:
		return invalidArgument("imageUrl", "too long")
	}
	return nil
}

// store holds a tenant's users.
type store struct {
	users     []*User // in order of creation
	byID      map[string]*User
	byAccount map[account]*User
}

// account is a user's identity in a connection.
type account struct{ connection, externalID string }

func newStore() store {
	return store{byID: map[string]*User{}, byAccount: map[account]*User{}}
}

// byUniqueID returns the user with a unique id, or nil.
func (s *store) byUniqueID(id string) *User {
	for _, user := range s.users {
		if user.UniqueID == id {
			return user
		}
	}
	return nil
}

// connect ties a user to a connection's record.
func (s *store) connect(u *User, a account) {
	s.byAccount[a] = u
	u.AccountConnections = append(u.AccountConnections, AccountConnection{
		Connection: Connection{ID: a.connection}, ExternalID: a.externalID, State: active,
	})
}

// externalID returns who the user is in a connection, or "".
func (u *User) externalID(connection string) string {
	for _, c := range u.AccountConnections {
		if c.Connection.ID == connection {
			return c.ExternalID
		}
	}
	return ""
}

// copy returns the user as of now.
func (u *User) copy() User {
	c := *u
	c.AccountConnections = slices.Clone(u.AccountConnections)
	return c
}

// disconnect undoes connect.
func (s *store) disconnect(u *User, connection string) {
	u.AccountConnections = slices.DeleteFunc(u.AccountConnections, func(c AccountConnection) bool {
		if c.Connection.ID != connection {
			return false
		}
		delete(s.byAccount, account{connection, c.ExternalID})
		return true
	})
}

// add creates a user.
func (s *store) add(p Profile) *User {
	user := &User{ID: fmt.Sprintf("usr_%014d", len(s.users)+1), CreateTime: time.Now().UTC()}
	user.set(p)
	s.users = append(s.users, user)
	s.byID[user.ID] = user
	return user
}

// set replaces the profile and what follows from it.
func (u *User) set(p Profile) {
	u.Profile = p
	u.UpdateTime = time.Now().UTC()
	if u.State == pendingDeletion {
		return
	}
	u.State = active
	if p.Disabled {
		u.State = disabled
	}
}
