package setting

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// Share is a part of what poolsync takes of Cognito's quota for listing users: 30
// requests a second for all pools of an account in a Region together, which cannot be
// raised. https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html
type Share struct {
	// Of says whose part it is, Path which setting it is.
	Of, Path string
	// PerSecond is how many list requests a second that part makes at most.
	PerSecond int
}

// Shares returns the parts that what is deployed takes of the quota.
func (s Settings) Shares() []Share {
	shares := []Share{{"full sync", "sync.rate", s.Sync.Rate}}
	if s.ReadsEvents() {
		shares = append(shares, Share{"events", "events.rate", s.Events.Rate})
	}
	if p := s.Providers.UserHub; p != nil {
		shares = append(shares, Share{"webhook", "providers.userhub.rate", p.Rate})
	}
	return shares
}

// ReadsEvents reports whether anything that happens between full syncs is read: what
// CloudTrail reports, or what a provider has written.
func (s Settings) ReadsEvents() bool { return s.Events.CloudTrail || s.Providers.UserHub != nil }

// shares refuses parts that are more than the whole that the owner grants, with all of
// them, and what a target may ask of the webhook.
func (c *checker) shares() {
	sum := 0
	for _, share := range c.Shares() {
		sum += share.PerSecond
	}
	c.require(sum <= c.Pool.ListShare, "pool.listShare", "is less than its parts, in list requests a second:\n%s", c.shareTable(sum))
	if name, target := c.Connection(); name != "" {
		rate := c.Providers.UserHub.Rate
		c.require(target.Rate.PerSecond <= rate, "targets."+name+".rate.perSecond",
			"is more than %d, which providers.userhub.rate allows: UserHub fetches each user whom it is told of by the webhook", rate)
	}
}

// shareTable lists the parts, with their sum, indented for a problem's text.
func (c *checker) shareTable(sum int) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 3, ' ', tabwriter.AlignRight)
	for _, share := range c.Shares() {
		fmt.Fprintf(w, "      %s\t%d\t  %s\n", share.Of, share.PerSecond, share.Path)
	}
	fmt.Fprintf(w, "      together\t%d\t  of %d\n", sum, c.Pool.ListShare)
	w.Flush()
	return strings.TrimRight(b.String(), "\n")
}
