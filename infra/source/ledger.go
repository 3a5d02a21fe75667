package source

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
	"github.com/poolsync/poolsync/shared/ledger"
)

// NewLedger declares the ledger's table. It is billed per request: it is almost idle
// between two runs, and busy during one.
//
// DynamoDB encrypts every table. Its default key costs nothing and needs no permission,
// and the user name is all that the table holds of a user.
//
// The table stays when the stack goes. Without it, a run would not know what
// targets hold: it would send everybody again, and remove nobody.
func NewLedger(scope constructs.Construct, id string) awsdynamodb.Table {
	scope = constructs.NewConstruct(scope, &id)
	table := awsdynamodb.NewTable(scope, jsii.String("LedgerTable"), &awsdynamodb.TableProps{
		PartitionKey:                     attribute(ledger.PartitionKey),
		SortKey:                          attribute(ledger.SortKey),
		TimeToLiveAttribute:              jsii.String(ledger.ExpiryAttribute),
		BillingMode:                      awsdynamodb.BillingMode_PAY_PER_REQUEST,
		Encryption:                       awsdynamodb.TableEncryption_DEFAULT,
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: jsii.Bool(true)},
		DeletionProtection:               jsii.Bool(true),
		RemovalPolicy:                    awscdk.RemovalPolicy_RETAIN,
	})
	part.Output(scope, "LedgerTableName", table.TableName(), "What each target last confirmed, per user")
	return table
}

func attribute(name string) *awsdynamodb.Attribute {
	return &awsdynamodb.Attribute{Name: &name, Type: awsdynamodb.AttributeType_STRING}
}
