package userhub

import (
	"context"
	"encoding/json"
	"slices"
	"time"
)

// ProviderName is UserHub's name as a provider. In a change it says that UserHub
// wrote to the pool through the webhook.
const ProviderName = "userhub"

// Provider is what stands behind the webhook. UserHub gets UNIMPLEMENTED for what is
// nil. Return a [*Refusal] for an error that UserHub should see as it is.
type Provider struct {
	// ListUsers returns one page of users, newest first where that is possible.
	ListUsers func(context.Context, ListRequest) (ListResponse, error)
	// GetUser returns the user with an external id. The error is a NOT_FOUND
	// refusal only if the user is proven absent.
	GetUser func(context.Context, UserRequest) (CustomUser, error)
	// CreateUser creates a user and returns the result. If the input has no id
	// the provider chooses one.
	CreateUser func(context.Context, UserInput) (CustomUser, error)
	// UpdateUser changes the user whose id the input has and returns the result.
	UpdateUser func(context.Context, UserInput) (CustomUser, error)
	// DeleteUser removes the user with an external id.
	DeleteUser func(context.Context, UserRequest) error
	// HandleEvent handles an event. Events are hints: they may be lost, repeated
	// and reordered.
	HandleEvent func(context.Context, Event) error
}

// ListRequest asks for a page of users.
type ListRequest struct {
	// PageSize is the most that may be returned; fewer is fine. 0 leaves it to the
	// provider.
	PageSize int32 `json:"pageSize"`
	// PageToken is blank for the first page, and otherwise what the previous page
	// returned.
	PageToken string `json:"pageToken"`
}

func (l ListRequest) check() error {
	if l.PageSize < 0 {
		return &Refusal{Code: InvalidArgument, Message: "pageSize: want 0 or more"}
	}
	return nil
}

// ListResponse is a page of users.
type ListResponse struct {
	Users []CustomUser `json:"users"`
	// NextPageToken is blank on the last page.
	NextPageToken string `json:"nextPageToken"`
}

// MarshalJSON writes an empty page as an empty list: what UserHub makes of null is
// not documented.
func (l ListResponse) MarshalJSON() ([]byte, error) {
	type plain ListResponse
	if l.Users == nil {
		l.Users = []CustomUser{}
	}
	return json.Marshal(plain(l))
}

// UserRequest names a user by the external id.
type UserRequest struct {
	ID string `json:"id"`
}

func (u UserRequest) check() error {
	if u.ID == "" {
		return &Refusal{Code: InvalidArgument, Message: "id: missing"}
	}
	return nil
}

// UsersChanged is the type of the event about a user.
const UsersChanged = "users.changed"

// Event is something that happened at UserHub.
type Event struct {
	ID   string    `json:"id"`
	Time time.Time `json:"time"`
	// Type is, for example, users.changed. New ones may appear at any time.
	Type         string `json:"type"`
	UsersChanged *struct {
		User struct {
			CustomUser         // by UserHub's own id
			AccountConnections []struct {
				Connection struct {
					ID string `json:"id"`
				} `json:"connection"`
				ExternalID string `json:"externalId"`
			} `json:"accountConnections"`
		} `json:"user"`
	} `json:"usersChanged"`
	// Raw is the whole event as it was sent.
	Raw json.RawMessage `json:"-"`
}

// UnmarshalJSON also keeps the event as it was sent.
func (e *Event) UnmarshalJSON(data []byte) error {
	type plain Event
	if err := json.Unmarshal(data, (*plain)(e)); err != nil {
		return err
	}
	e.Raw = slices.Clone(data)
	return nil
}

// ExternalID returns the external id, in a connection, of the user that the event is
// about, or "" if the event does not say.
func (e Event) ExternalID(connection string) string {
	if e.UsersChanged == nil {
		return ""
	}
	for _, account := range e.UsersChanged.User.AccountConnections {
		if account.Connection.ID == connection {
			return account.ExternalID
		}
	}
	return ""
}

// Shows reports whether UserHub holds the event's user just as it is shown them. Then
// there is nothing to tell it: the event is probably the echo of what it was told
// before.
func (e Event) Shows(c CustomUser) bool {
	if e.UsersChanged == nil {
		return false
	}
	held := e.UsersChanged.User.CustomUser
	held.ID = c.ID
	return held == c
}
