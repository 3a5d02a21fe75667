package endpoint

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
)

const (
	// burstSeconds is for how long a caller may save up requests.
	burstSeconds = 2

	// accessLog is a line of the access log. It has nothing from the body, the headers
	// or the query.
	// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
	accessLog = `{"requestId":"$context.requestId","time":"$context.requestTime","ip":"$context.identity.sourceIp",` +
		`"route":"$context.routeKey","status":"$context.status","bytes":"$context.responseLength",` +
		`"milliseconds":"$context.responseLatency","error":"$context.error.responseType"}`
)

// newAPI declares the address of the webhook: an HTTP API with one route. It has no
// authorizer, because UserHub signs the body of a request, and API Gateway shows no
// authorizer the body.
func newAPI(scope constructs.Construct, webhook awslambda.Function, p *WebhookProps) {
	api := awsapigatewayv2.NewCfnApi(scope, jsii.String("WebhookApi"), &awsapigatewayv2.CfnApiProps{
		Name:         awscdk.Stack_Of(scope).StackName(),
		Description:  jsii.String("poolsync: the webhook that UserHub calls"),
		ProtocolType: jsii.String("HTTP"),
	})
	newRoute(scope, api, webhook)
	newStage(scope, api, p)

	url := *api.AttrApiEndpoint() + webhookPath
	part.Output(scope, "WebhookUrl", &url, "Where UserHub finds the pool")
	steps := p.setup(url)
	part.Output(scope, "WebhookSetup", &steps, "What to do in UserHub's console, in this order")
}

// newRoute has the API pass only what is posted to the path on to the function.
func newRoute(scope constructs.Construct, api awsapigatewayv2.CfnApi, webhook awslambda.Function) {
	integration := awsapigatewayv2.NewCfnIntegration(scope, jsii.String("WebhookIntegration"), &awsapigatewayv2.CfnIntegrationProps{
		ApiId:                api.Ref(),
		IntegrationType:      jsii.String("AWS_PROXY"),
		IntegrationUri:       webhook.FunctionArn(),
		PayloadFormatVersion: jsii.String("2.0"),
	})
	route := awsapigatewayv2.NewCfnRoute(scope, jsii.String("WebhookRoute"), &awsapigatewayv2.CfnRouteProps{
		ApiId:             api.Ref(),
		RouteKey:          jsii.String("POST " + webhookPath),
		AuthorizationType: jsii.String("NONE"),
		Target:            jsii.String("integrations/" + *integration.Ref()),
	})
	part.Suppress(route, "AwsSolutions-APIG4", "The function verifies UserHub's signature over the body, which API Gateway shows to no authorizer.")
	stack := awscdk.Stack_Of(scope)
	awslambda.NewCfnPermission(scope, jsii.String("WebhookApiInvokesWebhook"), &awslambda.CfnPermissionProps{
		Action:       jsii.String("lambda:InvokeFunction"),
		FunctionName: webhook.FunctionArn(),
		Principal:    jsii.String("apigateway.amazonaws.com"),
		SourceArn: jsii.String(fmt.Sprintf("arn:%s:execute-api:%s:%s:%s/$default/POST%s",
			*stack.Partition(), *stack.Region(), *stack.Account(), *api.Ref(), webhookPath)),
	})
}

// newStage declares the API's only stage, which is deployed whenever the API changes.
// Anybody can call the address, so the throttle bounds what that costs: each request may
// cost one of the requests that list users.
func newStage(scope constructs.Construct, api awsapigatewayv2.CfnApi, p *WebhookProps) {
	logs := part.NewVendedLogGroup(scope, "WebhookApiLogs", "/aws/vendedlogs/apis/"+*awscdk.Stack_Of(scope).StackName()+"-webhook", p.Runtime.LogRetentionDays)
	awsapigatewayv2.NewCfnStage(scope, jsii.String("WebhookStage"), &awsapigatewayv2.CfnStageProps{
		ApiId:      api.Ref(),
		StageName:  jsii.String("$default"),
		AutoDeploy: jsii.Bool(true),
		DefaultRouteSettings: &awsapigatewayv2.CfnStage_RouteSettingsProperty{
			ThrottlingRateLimit:  jsii.Number(p.Provider.Rate),
			ThrottlingBurstLimit: jsii.Number(burstSeconds * p.Provider.Rate),
		},
		AccessLogSettings: &awsapigatewayv2.CfnStage_AccessLogSettingsProperty{
			DestinationArn: logs.LogGroupArn(),
			Format:         jsii.String(accessLog),
		},
	})
}
