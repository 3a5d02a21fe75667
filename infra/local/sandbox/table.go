package sandbox

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// table makes a DynamoDB table. CloudFormation's properties have the same names as
// CreateTable's parameters. Backup and encryption have no counterpart here.
func (c *creator) table(id string, p properties) (made, error) {
	input := dynamodb.CreateTableInput{TableName: &id}
	var other struct {
		TimeToLiveSpecification *types.TimeToLiveSpecification
	}
	for _, into := range []any{&input, &other} {
		if err := p.decode(into); err != nil {
			return made{}, err
		}
	}
	client := dynamodb.NewFromConfig(c.aws)
	created, err := client.CreateTable(c.ctx, &input)
	if err != nil {
		return made{}, fmt.Errorf("create table: %w", err)
	}
	if other.TimeToLiveSpecification != nil {
		if _, err := client.UpdateTimeToLive(c.ctx, &dynamodb.UpdateTimeToLiveInput{
			TableName: &id, TimeToLiveSpecification: other.TimeToLiveSpecification,
		}); err != nil {
			return made{}, fmt.Errorf("set time to live: %w", err)
		}
	}
	return made{ref: id, attributes: map[string]string{"Arn": aws.ToString(created.TableDescription.TableArn)}}, nil
}
