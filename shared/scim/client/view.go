package client

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"

	"github.com/poolsync/poolsync/shared/directory"
)

// mappingVersion is part of every fingerprint. Raising it makes the next run send every
// user again: do so when the mapping or a profile changes what is sent.
const mappingVersion = 1

// View returns what the service is sent of a user, by path. A blank value stands for an
// absent one. Of a user who is not in scope it says no more than that.
func (c *Client) View(u directory.User) map[string]string {
	if !c.InScope(u) {
		return map[string]string{"outside": "true"}
	}
	values, _ := c.mapping.Values(u) // one who has no user name is sent nothing, and once they have one, that is news
	view := make(map[string]string, len(values))
	for _, v := range values {
		if v.Content != nil {
			view[v.Path.String()] = fmt.Sprint(v.Content)
		}
	}
	return view
}

// Fingerprint returns the fingerprint of what the service is sent of a user.
func (c *Client) Fingerprint(u directory.User) directory.Fingerprint {
	return directory.NewFingerprint(mappingVersion, c.View(u))
}

// Name names the target in the ledger: another base address is another target.
func (c *Client) Name() string { return TargetName(c.base) }

// TargetName is the name of a service as a target in the ledger: a hash of its base
// address, whose host has no case, and which may or may not name the usual port and end
// with a slash.
func TargetName(base string) string {
	canonical := strings.TrimRight(base, "/")
	if u, err := url.Parse(canonical); err == nil {
		u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
		if u.Scheme == "https" {
			u.Host = strings.TrimSuffix(u.Host, ":443")
		}
		canonical = u.String()
	}
	sum := sha256.Sum256([]byte(canonical))
	return "scim:" + hex.EncodeToString(sum[:8])
}
