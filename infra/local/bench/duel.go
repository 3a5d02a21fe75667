package main

import (
	"context"
	"fmt"
	"time"

	"github.com/poolsync/poolsync/infra/local/bench/table"
)

// duel is two functions that are called in turns, so that whatever else the machine does
// affects both.
type duel struct {
	name         string
	ours, theirs string // the functions
	rounds       int
	median       table.Limit

	took map[string][]time.Duration // by function
}

// round makes each of the two handle sign-in n. If a function has to start first, its
// initialisation counts as well.
func (d *duel) round(ctx context.Context, l *lab, n int) error {
	if d.took == nil {
		d.took = make(map[string][]time.Duration)
	}
	for _, name := range d.order(n) {
		result, err := l.call(ctx, name, signInEvent(n))
		if err != nil {
			return err
		}
		d.took[name] = append(d.took[name], result.Init+result.Duration)
	}
	return nil
}

// order returns the functions as they are called in round n: by turns, so that whatever
// the first leaves behind affects both.
func (d *duel) order(n int) []string {
	if n%2 == 1 {
		return []string{d.theirs, d.ours}
	}
	return []string{d.ours, d.theirs}
}

// row compares a percentile of the times of the two.
func (d *duel) row(prefix string, p int, limit table.Limit) table.Row {
	return table.Row{
		Metric:   prefix + d.name,
		Poolsync: table.Milliseconds(percentile(d.took[d.ours], p)), Other: table.Milliseconds(percentile(d.took[d.theirs], p)),
		Limit: limit,
	}
}

// signInEvent is what Cognito sends when user n has signed in.
func signInEvent(n int) []byte {
	u := queued(n).User
	return fmt.Appendf(nil, `{"version":"1","triggerSource":"PostAuthentication_Authentication","region":"us-east-1",`+
		`"userPoolId":"us-east-1_EXAMPLE01","userName":%q,`+
		`"callerContext":{"awsSdkVersion":"aws-sdk-unknown-unknown","clientId":"1example23456789"},`+
		`"request":{"userAttributes":{"sub":%q,"cognito:user_status":%q,"email_verified":"true","email":%q,"name":%q},`+
		`"newDeviceUsed":false},"response":{}}`, u.Username, u.Sub, u.Status, u.Attributes["email"], u.Attributes["name"])
}
