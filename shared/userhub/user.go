package userhub

import (
	"strings"
	"unicode/utf8"

	"github.com/poolsync/poolsync/shared/directory"
)

// CustomUser is a user as the webhook of a Custom Users connection hands it to
// UserHub. It carries nothing else: no locale, address, time zone or groups.
type CustomUser struct {
	ID                  string `json:"id"`
	DisplayName         string `json:"displayName"`
	Email               string `json:"email"`
	EmailVerified       bool   `json:"emailVerified"`
	PhoneNumber         string `json:"phoneNumber"`
	PhoneNumberVerified bool   `json:"phoneNumberVerified"`
	ImageURL            string `json:"imageUrl"`
	Disabled            bool   `json:"disabled"`
}

// The limits of a CustomUser in characters, as UserHub documents them. A longer
// display name is cut, because the beginning of a name still serves. Any other value
// that does not fit is left out, because a part of an address or of a link is wrong.
const (
	maxDisplayName = 200
	maxEmail       = 320
	maxImageURL    = 2000
)

// The pool's attributes that the mapping knows: OpenID Connect's standard claims
// (https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims).
const (
	attributeName              = "name"
	attributeGivenName         = "given_name"
	attributeFamilyName        = "family_name"
	attributePreferredUsername = "preferred_username"
	attributeEmail             = "email"
	attributeEmailVerified     = "email_verified"
	attributePhone             = "phone_number"
	attributePhoneVerified     = "phone_number_verified"
	attributePicture           = "picture"
	attributeLocale            = "locale"
	attributeZoneInfo          = "zoneinfo"
	attributeAddress           = "address"
)

// NewCustomUser shows UserHub a user of the pool, local or federated. A value that
// UserHub would not accept is cut or left out by the rule stated at the limits; a
// verification counts only together with what it verifies.
func NewCustomUser(by ExternalID, u directory.User) CustomUser {
	c := CustomUser{
		ID:          by.Of(u.Sub, u.Username),
		DisplayName: displayName(u.Attributes),
		Email:       u.Attributes[attributeEmail],
		PhoneNumber: u.Attributes[attributePhone],
		ImageURL:    u.Attributes[attributePicture],
		Disabled:    !u.Enabled,
	}
	if utf8.RuneCountInString(c.Email) > maxEmail {
		c.Email = ""
	}
	if !directory.IsPhone(c.PhoneNumber) {
		c.PhoneNumber = ""
	}
	if !directory.IsLink(c.ImageURL) || utf8.RuneCountInString(c.ImageURL) > maxImageURL {
		c.ImageURL = ""
	}
	c.EmailVerified = c.Email != "" && directory.IsTrue(u.Attributes[attributeEmailVerified])
	c.PhoneNumberVerified = c.PhoneNumber != "" && directory.IsTrue(u.Attributes[attributePhoneVerified])
	return c
}

// displayName is the name, or else given and family name, or else the preferred
// user name.
func displayName(attributes map[string]string) string {
	name := strings.TrimSpace(attributes[attributeName])
	if name == "" {
		name = strings.TrimSpace(attributes[attributeGivenName] + " " + attributes[attributeFamilyName])
	}
	if name == "" {
		name = strings.TrimSpace(attributes[attributePreferredUsername])
	}
	return directory.Cut(name, maxDisplayName)
}
