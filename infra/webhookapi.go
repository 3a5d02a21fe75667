package main

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"
)

const (
	// Anybody can call the address, so its throttle is what bounds the cost of
	// that. UserHub asks for one user after each event, and each costs one of the
	// account's 30 ListUsers requests a second: what is left is for everybody else.
	webhookRate  = 20 // requests a second
	webhookBurst = 40

	// webhookLog is a line of the access log: nothing of the body, of the headers
	// or of the query.
	// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
	webhookLog = `{"requestId":"$context.requestId","time":"$context.requestTime","ip":"$context.identity.sourceIp",` +
		`"route":"$context.routeKey","status":"$context.status","bytes":"$context.responseLength",` +
		`"milliseconds":"$context.responseLatency","error":"$context.error.responseType"}`
)

// newWebhookAPI declares the address of the webhook: an HTTP API with one route.
// No authorizer stands before it, because what makes a request UserHub's is a
// signature over the body, which no authorizer of API Gateway's gets to see.
func (s stack) newWebhookAPI(webhook awslambda.Function) {
	api := awsapigatewayv2.NewCfnApi(s.scope, jsii.String("WebhookApi"), &awsapigatewayv2.CfnApiProps{
		Name:         s.scope.StackName(),
		Description:  jsii.String("poolsync: the webhook that UserHub calls"),
		ProtocolType: jsii.String("HTTP"),
	})
	integration := awsapigatewayv2.NewCfnIntegration(s.scope, jsii.String("WebhookIntegration"), &awsapigatewayv2.CfnIntegrationProps{
		ApiId:                api.Ref(),
		IntegrationType:      jsii.String("AWS_PROXY"),
		IntegrationUri:       webhook.FunctionArn(),
		PayloadFormatVersion: jsii.String("2.0"),
	})
	route := awsapigatewayv2.NewCfnRoute(s.scope, jsii.String("WebhookRoute"), &awsapigatewayv2.CfnRouteProps{
		ApiId:             api.Ref(),
		RouteKey:          jsii.String("POST " + webhookPath),
		AuthorizationType: jsii.String("NONE"),
		Target:            jsii.String("integrations/" + *integration.Ref()),
	})
	suppress(route, "AwsSolutions-APIG4", "The function verifies UserHub's signature over the body, which no authorizer of API Gateway's gets to see.")
	s.newWebhookStage(api)
	awslambda.NewCfnPermission(s.scope, jsii.String("WebhookApiInvokesWebhook"), &awslambda.CfnPermissionProps{
		Action:       jsii.String("lambda:InvokeFunction"),
		FunctionName: webhook.FunctionArn(),
		Principal:    jsii.String("apigateway.amazonaws.com"),
		SourceArn: jsii.String(fmt.Sprintf("arn:%s:execute-api:%s:%s:%s/$default/POST%s",
			*s.scope.Partition(), *s.scope.Region(), *s.scope.Account(), *api.Ref(), webhookPath)),
	})

	url := *api.AttrApiEndpoint() + webhookPath
	s.output("WebhookUrl", &url, "Where UserHub finds the pool")
	setup := s.webhookSetup(url)
	s.output("WebhookSetup", &setup, "What to do in UserHub's console, in this order")
}

// newWebhookStage declares the one stage of the API, which is deployed whenever
// the API changes.
func (s stack) newWebhookStage(api awsapigatewayv2.CfnApi) {
	logs := s.newLogGroup("WebhookApiLogs")
	logs.Node().DefaultChild().(awslogs.CfnLogGroup).SetLogGroupName(
		jsii.String("/aws/vendedlogs/apis/" + s.config.stackName + "-webhook")) // as for the state machine's
	awsapigatewayv2.NewCfnStage(s.scope, jsii.String("WebhookStage"), &awsapigatewayv2.CfnStageProps{
		ApiId:      api.Ref(),
		StageName:  jsii.String("$default"),
		AutoDeploy: jsii.Bool(true),
		DefaultRouteSettings: &awsapigatewayv2.CfnStage_RouteSettingsProperty{
			ThrottlingRateLimit:  jsii.Number(webhookRate),
			ThrottlingBurstLimit: jsii.Number(webhookBurst),
		},
		AccessLogSettings: &awsapigatewayv2.CfnStage_AccessLogSettingsProperty{
			DestinationArn: logs.LogGroupArn(),
			Format:         jsii.String(webhookLog),
		},
	})
}

// webhookSetup says how to make the pool a user provider of UserHub's.
func (s stack) webhookSetup(url string) string {
	steps := []string{
		"Under Developers > Connections add a connection of the type Webhook with the URL " + url + " .",
	}
	if s.config.webhookHeaderSecretARN != "" {
		steps = append(steps, "Give it a header Poolsync-Secret with the value that the secret "+s.config.webhookHeaderSecretARN+" holds.")
	}
	steps = append(steps,
		"Store its signing secret as plain text in "+s.config.webhookSigningSecretARN+" ; it counts within five minutes, and UserHub's challenge then succeeds.",
		"Add a connection of the type Custom Users that uses this webhook.",
		"Deploy again with the id of the Custom Users connection as connectionId, if it is not "+s.config.connectionID+" .",
	)
	for i := range steps {
		steps[i] = fmt.Sprintf("%d. %s", i+1, steps[i])
	}
	return strings.Join(steps, "\n")
}
