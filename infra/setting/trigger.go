package setting

import (
	"slices"
	"strings"

	"github.com/poolsync/poolsync/infra/setting/form"
)

// ReplaceTriggers are the ARNs of functions that an existing pool calls and ours take
// the place of, by the names of the pool's triggers. Each comes back to its trigger
// when the stack goes.
type ReplaceTriggers struct {
	PostAuthentication string `json:"PostAuthentication" form:"functionArn" doc:"Function that an existing pool calls after a sign-in, such as UserHub's own, and ours replaces. It is put back when the stack goes." want:"the full ARN of the function, as the pool shows it" example:"arn:aws:lambda:us-east-1:111122223333:function:userhubSignin"`
	PostConfirmation   string `json:"PostConfirmation" form:"functionArn" doc:"The same, for the function that it calls after a sign-up is confirmed." want:"the full ARN of the function, as the pool shows it" example:"arn:aws:lambda:us-east-1:111122223333:function:welcome"`
}

// Functions returns the functions, each once.
func (r ReplaceTriggers) Functions() []string {
	all := slices.DeleteFunc([]string{r.PostAuthentication, r.PostConfirmation}, func(arn string) bool { return arn == "" })
	slices.Sort(all)
	return slices.Compact(all)
}

// Policies returns the ARNs of what has a policy that says who may call these
// functions. That of a version or an alias is its own; we have found nothing on
// whether reading it is then allowed on that or on the function, so both are named.
func (r ReplaceTriggers) Policies() []string {
	var all []string
	for _, function := range r.Functions() {
		all = append(all, function)
		if parts := strings.SplitN(function, ":", 8); len(parts) == 8 {
			all = append(all, strings.Join(parts[:7], ":"))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// triggers checks that triggers are replaced only where we set them.
func (c *checker) triggers() {
	const path = "pool.replaceTriggers."
	for name, function := range form.Sorted(map[string]string{
		"PostAuthentication": c.Pool.ReplaceTriggers.PostAuthentication,
		"PostConfirmation":   c.Pool.ReplaceTriggers.PostConfirmation,
	}) {
		c.belong(function == "" || c.Pool.Existing() && !c.Pool.Manual(), path+name,
			"is for an existing pool whose triggers poolsync sets: give pool.id, and pool.triggers as auto")
		c.require(function == "" || !c.Pool.Existing() || part(function, regionPart) == c.Pool.Region(), path+name,
			"is in another Region than the pool")
	}
}
