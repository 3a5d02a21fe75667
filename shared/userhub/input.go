package userhub

import (
	"strconv"

	"github.com/poolsync/poolsync/shared/directory"
)

// UserInput is what UserHub asks to write of a user. What is absent or null stays as
// it is; a blank text is removed.
type UserInput struct {
	ID                  string  `json:"id"`
	DisplayName         *string `json:"displayName"`
	Email               *string `json:"email"`
	EmailVerified       *bool   `json:"emailVerified"`
	PhoneNumber         *string `json:"phoneNumber"`
	PhoneNumberVerified *bool   `json:"phoneNumberVerified"`
	ImageURL            *string `json:"imageUrl"`
	Disabled            *bool   `json:"disabled"`
}

// maxAttribute is the most that Cognito stores in an attribute, in bytes (Amazon
// Cognito developer guide, "Quotas").
const maxAttribute = 2048

// Edit is what must be written to the pool to give a user the state that UserHub asks
// for. Its zero value writes nothing.
type Edit struct {
	// Attributes holds the attributes to write; a blank value removes one.
	Attributes map[string]string
	// Enabled is the wanted state; nil leaves it as it is.
	Enabled *bool
}

// Edit compares what UserHub asks for with what it is shown of the user, and keeps
// only what differs. So a name that was cut for UserHub, or an address that was left
// out, is not lost in the pool when UserHub sends back what it saw. For a new user,
// current is the zero User but enabled.
//
// A new e-mail address or phone number always comes with its verification, which is
// false unless UserHub says otherwise: it must not inherit that of the old address.
func (in UserInput) Edit(current directory.User) Edit {
	shown := NewCustomUser(BySub, current)
	e := Edit{Attributes: map[string]string{}}
	e.text(attributeName, in.DisplayName, shown.DisplayName)
	e.text(attributePicture, in.ImageURL, shown.ImageURL)
	e.contact(attributeEmail, in.Email, shown.Email, attributeEmailVerified, in.EmailVerified, shown.EmailVerified)
	e.contact(attributePhone, in.PhoneNumber, shown.PhoneNumber, attributePhoneVerified, in.PhoneNumberVerified, shown.PhoneNumberVerified)
	if in.Disabled != nil && *in.Disabled != shown.Disabled {
		enabled := !*in.Disabled
		e.Enabled = &enabled
	}
	return e
}

// IsZero reports whether there is nothing to write.
func (e Edit) IsZero() bool { return len(e.Attributes) == 0 && e.Enabled == nil }

// text writes an attribute if the wanted value differs from what is shown.
func (e Edit) text(name string, want *string, shown string) {
	if want != nil && *want != shown {
		e.Attributes[name] = *want
	}
}

// contact writes an address and its verification. Cognito removes the
// verification together with the address.
func (e Edit) contact(name string, want *string, shown, verifiedName string, verified *bool, shownVerified bool) {
	e.text(name, want, shown)
	address, changed := e.Attributes[name]
	switch {
	case address != "":
		e.Attributes[verifiedName] = strconv.FormatBool(verified != nil && *verified)
	case !changed && shown != "" && verified != nil && *verified != shownVerified:
		e.Attributes[verifiedName] = strconv.FormatBool(*verified)
	}
}

// checkNamed also requires the user's id.
func (in UserInput) checkNamed() error {
	if in.ID == "" {
		return &Refusal{Code: InvalidArgument, Message: "id: missing"}
	}
	return in.check()
}

// check refuses what the pool could not store.
func (in UserInput) check() error {
	texts := []struct {
		name string
		text *string
	}{
		{"displayName", in.DisplayName},
		{"email", in.Email},
		{"imageUrl", in.ImageURL},
	}
	for _, t := range texts {
		if t.text != nil && len(*t.text) > maxAttribute {
			return &Refusal{Code: InvalidArgument, Message: t.name + ": want at most 2048 bytes"}
		}
	}
	if in.PhoneNumber != nil && *in.PhoneNumber != "" && !directory.IsPhone(*in.PhoneNumber) {
		return &Refusal{Code: InvalidArgument, Message: "phoneNumber: want E.164, such as +15555550100"}
	}
	return nil
}
