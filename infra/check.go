package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"
)

const (
	// checkTimeout leaves the function, whose checks take 25 s at most, time to
	// start and to answer.
	checkTimeout = time.Minute

	// checkAnswer is how long CloudFormation waits for the answer of a function that
	// cannot give one. By default it is an hour.
	checkAnswer = 2 * time.Minute

	// All checks run at once. Lambda gives CPU by memory, and this is enough for as
	// many TLS handshakes.
	checkMemoryMiB = 256
)

// checkRun names the invocation of the check, and its type.
const checkRun = "Connectivity"

// withoutStaging has the CDK leave what it would upload where it is.
const withoutStaging = "aws:cdk:disable-asset-staging"

// newCheck declares the function that checks connectivity, unless that is switched
// off: then it returns nil.
func (s stack) newCheck(changes awssqs.Queue, pool pool, table awsdynamodb.Table, postauth awslambda.Function) awslambda.Function {
	if s.config.connectivityCheck == checkOff {
		return nil
	}
	props := functionProps{
		name:        "check",
		description: "poolsync: tests all connections, at the end of a deployment and on demand",
		memoryMiB:   checkMemoryMiB,
		timeout:     checkTimeout,
		env: map[string]*string{
			"USER_POOL_ID":           pool.id,
			"QUEUE_URL":              changes.QueueUrl(),
			"TABLE_NAME":             table.TableName(),
			"POSTAUTH_FUNCTION_ARN":  postauth.FunctionArn(),
			"MANUAL_TRIGGERS":        jsii.String(strconv.FormatBool(s.config.attachManually)),
			"USERHUB_CONNECTION_ID":  &s.config.connectionID,
			"USERHUB_KEY_SECRET_ARN": &s.config.userhubKeySecretARN,
			"USERHUB_EXTERNAL_ID":    &s.config.userhubExternalID,
			"USERHUB_BASE_URL":       &s.config.userhubBaseURL,
			"ADVISORY":               jsii.String(strconv.FormatBool(s.config.connectivityCheck == checkAdvisory)),
		},
		allow: []awsiam.PolicyStatement{
			allow(pool.arn, "cognito-idp:DescribeUserPool", "cognito-idp:ListUsers"),
			allow(changes.QueueArn(), "sqs:SendMessage"),
			allow(table.TableArn(), "dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:DeleteItem"),
		},
	}
	s.addCheckSecrets(&props)
	function := s.newFunction(props)

	command := fmt.Sprintf("aws lambda invoke --region %s --function-name %s /dev/stdout", *s.scope.Region(), *function.FunctionName())
	s.output("CheckConnectivity", &command, "Tests all connections now, and says what to do about those that fail")
	return function
}

// addCheckSecrets has the check read the secrets that are configured.
func (s stack) addCheckSecrets(p *functionProps) {
	p.allow = append(p.allow, s.readSecret(s.config.userhubKeySecretARN)...)
	if s.config.webhook != "on" {
		return
	}
	for _, secret := range []struct{ variable, arn string }{
		{"WEBHOOK_SIGNING_SECRET_ARN", s.config.webhookSigningSecretARN},
		{"WEBHOOK_HEADER_SECRET_ARN", s.config.webhookHeaderSecretARN},
	} {
		if secret.arn != "" {
			p.env[secret.variable] = &secret.arn
			p.allow = append(p.allow, s.readSecret(secret.arn)...)
		}
	}
}

// newCheckRun has CloudFormation invoke the function once all else is in place.
//
// The invocation is named after the rest of the template. So a deployment that
// changes anything creates another invocation, and one that changes nothing stays
// without effect. An invocation that CloudFormation updated instead would run
// again when a deployment is rolled back, and if that failed too the stack would
// be stuck; one that is created is only deleted again, which does nothing.
func (s stack) newCheckRun(function awslambda.Function) {
	if function == nil {
		return
	}
	all := *s.scope.Node().Children()
	run := awscdk.NewCustomResource(s.scope, jsii.String(checkRun), &awscdk.CustomResourceProps{
		ResourceType:   jsii.String("Custom::" + checkRun),
		ServiceToken:   function.FunctionArn(),
		ServiceTimeout: duration(checkAnswer),
	})
	fixLogicalID(run, checkRun+s.digest())
	for _, construct := range all {
		run.Node().AddDependency(construct)
	}
}

// digest returns twelve hexadecimal digits that stand for all that the template
// declares, but for the invocation of the check. It declares everything once more,
// in an app of its own, because what was synthesised cannot be added to.
func (s stack) digest() string {
	context, _ := s.scope.Node().GetAllContext(nil).(map[string]any)
	context[withoutStaging] = true
	app := awscdk.NewApp(&awscdk.AppProps{Context: &context, AnalyticsReporting: jsii.Bool(false)})
	twin, _ := declare(app, s.config, s.functionsDir)
	template, _ := app.Synth(nil).GetStackArtifact(twin.scope.ArtifactId()).Template().(map[string]any)

	resources, _ := template["Resources"].(map[string]any)
	for _, resource := range resources {
		delete(resource.(map[string]any), "Metadata") // holds paths of this machine
	}
	text, _ := json.Marshal(resources) // it came from JSON
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:6])
}
