package endpoint

import (
	"fmt"
	"strings"
)

// setup says how to make the pool a user provider in UserHub.
func (p *WebhookProps) setup(url string) string {
	steps := []string{
		"Under Developers > Connections, add a connection of the type Webhook with the URL " + url + " .",
	}
	if p.Provider.HeaderSecretARN != "" {
		steps = append(steps, "Give it a header Poolsync-Secret with the value of the secret "+p.Provider.HeaderSecretARN+" .")
	}
	steps = append(steps,
		"Store its signing secret as plain text in "+p.Provider.SigningSecretARN+" . Within five minutes it takes effect, and UserHub's challenge succeeds.",
		"Add a connection of the type Custom Users that uses this webhook.",
		"If the id of the Custom Users connection is not "+p.ConnectionID+" , set it as the target's connectionId and deploy again.",
	)
	for i := range steps {
		steps[i] = fmt.Sprintf("%d. %s", i+1, steps[i])
	}
	return strings.Join(steps, "\n")
}
