package endpoint

import (
	"fmt"
	"strings"
)

// setup says how to make the pool a user provider of UserHub's.
func (p *WebhookProps) setup(url string) string {
	steps := []string{
		"Under Developers > Connections add a connection of the type Webhook with the URL " + url + " .",
	}
	if p.Provider.HeaderSecretARN != "" {
		steps = append(steps, "Give it a header Poolsync-Secret with the value that the secret "+p.Provider.HeaderSecretARN+" holds.")
	}
	steps = append(steps,
		"Store its signing secret as plain text in "+p.Provider.SigningSecretARN+" ; it counts within five minutes, and UserHub's challenge then succeeds.",
		"Add a connection of the type Custom Users that uses this webhook.",
		"Deploy again with the id of the Custom Users connection as the target's connectionId, if it is not "+p.ConnectionID+" .",
	)
	for i := range steps {
		steps[i] = fmt.Sprintf("%d. %s", i+1, steps[i])
	}
	return strings.Join(steps, "\n")
}
