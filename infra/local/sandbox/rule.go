package sandbox

import (
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// rule makes an EventBridge rule on the default bus. Events on the bus go through the
// template's own pattern to the template's own targets. The emulator puts no events there
// by itself.
func (c *creator) rule(id string, p properties) (made, error) {
	var in struct {
		EventPattern json.RawMessage
		Targets      []types.Target
	}
	if err := p.decode(&in); err != nil {
		return made{}, err
	}
	client := eventbridge.NewFromConfig(c.aws)
	created, err := client.PutRule(c.ctx, &eventbridge.PutRuleInput{Name: &id, EventPattern: aws.String(string(in.EventPattern))})
	if err != nil {
		return made{}, fmt.Errorf("put rule: %w", err)
	}
	if _, err := client.PutTargets(c.ctx, &eventbridge.PutTargetsInput{Rule: &id, Targets: in.Targets}); err != nil {
		return made{}, fmt.Errorf("put targets: %w", err)
	}
	return made{ref: id, attributes: map[string]string{"Arn": aws.ToString(created.RuleArn)}}, nil
}
