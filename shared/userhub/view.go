package userhub

import (
	"strconv"

	"github.com/poolsync/poolsync/shared/directory"
)

// mappingVersion is part of every fingerprint. Raising it makes the next run
// report every user again: do so when [View] changes and UserHub should look.
const mappingVersion = 1

// View returns what UserHub can see of a user, by UserHub's own names: the external
// id, the [CustomUser], and what UserHub's other ways of reading a pool also hold,
// which are language, time zone and address. A blank value stands for an absent one.
// A change that does not change the view is no change for UserHub.
//
// Dates and groups are not part of it: not every observation carries them, and
// UserHub takes neither.
func View(by ExternalID, u directory.User) map[string]string {
	c := NewCustomUser(by, u)
	return map[string]string{
		"id":                  c.ID,
		"displayName":         c.DisplayName,
		"email":               c.Email,
		"emailVerified":       strconv.FormatBool(c.EmailVerified),
		"phoneNumber":         c.PhoneNumber,
		"phoneNumberVerified": strconv.FormatBool(c.PhoneNumberVerified),
		"imageUrl":            c.ImageURL,
		"disabled":            strconv.FormatBool(c.Disabled),
		"languageCode":        u.Attributes[attributeLocale],
		"timeZone":            u.Attributes[attributeZoneInfo],
		"address":             u.Attributes[attributeAddress],
	}
}

// Fingerprint returns the fingerprint of what UserHub can see of a user.
func (c *Client) Fingerprint(u directory.User) directory.Fingerprint {
	return directory.NewFingerprint(mappingVersion, View(c.externalID, u))
}
