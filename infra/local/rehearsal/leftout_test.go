package main

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAdapt(t *testing.T) {
	const bystander = `"Queue":{"Type":"AWS::SQS::Queue","Properties":{"VisibilityTimeout":180}}`
	for _, tt := range []struct{ name, in, want string }{
		{"keeps all that the emulator can do",
			`{"Resources":{"Alarm":{"Type":"AWS::CloudWatch::Alarm","Properties":{"MetricName":"Errors"}},` + bystander + `}}`,
			`{"Resources":{"Alarm":{"Type":"AWS::CloudWatch::Alarm","Properties":{"MetricName":"Errors"}},` + bystander + `}}`},
		{"leaves out an alarm with metric math, and what refers to it",
			`{"Resources":{"Alarm":{"Type":"AWS::CloudWatch::Alarm","Properties":{"Metrics":[{"Id":"m"}]}},
			  "Board":{"Type":"AWS::CloudWatch::Dashboard","DependsOn":["Alarm","Queue"],
			    "Properties":{"DashboardBody":{"Fn::Join":["",[{"Fn::GetAtt":["Alarm","Arn"]},{"Ref":"Alarm"},{"Ref":"Queue"}]]}}},` + bystander + `}}`,
			`{"Resources":{"Board":{"Type":"AWS::CloudWatch::Dashboard","DependsOn":["Queue"],
			    "Properties":{"DashboardBody":{"Fn::Join":["",["left-out:Alarm","left-out:Alarm",{"Ref":"Queue"}]]}}},` + bystander + `}}`},
		{"leaves out what refuses requests without TLS, and no other statement",
			`{"Resources":{"Policy":{"Type":"AWS::SQS::QueuePolicy","Properties":{"PolicyDocument":{"Statement":[
			    {"Effect":"Deny","Condition":{"Bool":{"aws:SecureTransport":"false"}}},{"Effect":"Allow","Action":"sqs:SendMessage"}]}}},` + bystander + `}}`,
			`{"Resources":{"Policy":{"Type":"AWS::SQS::QueuePolicy","Properties":{"PolicyDocument":{"Statement":[
			    {"Effect":"Allow","Action":"sqs:SendMessage"}]}}},` + bystander + `}}`},
		{"leaves out a policy that does nothing else",
			`{"Resources":{"Policy":{"Type":"AWS::SQS::QueuePolicy","Properties":{"PolicyDocument":{"Statement":[
			    {"Effect":"Deny","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}}},` + bystander + `}}`,
			`{"Resources":{` + bystander + `}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var in, want map[string]any
			if err := errors.Join(json.Unmarshal([]byte(tt.in), &in), json.Unmarshal([]byte(tt.want), &want)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, adapt(in)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}
