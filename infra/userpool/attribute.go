package userpool

import (
	"maps"
	"slices"
	"strconv"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/setting/newpool"
)

// CloudFormation's words for words in the settings.
var (
	attributeNames = map[string]string{"email": "email", "phone": "phone_number", "preferredUsername": "preferred_username"}
	attributeTypes = map[string]string{"string": "String", "number": "Number", "boolean": "Boolean", "datetime": "DateTime"}
)

// signInInstead returns what users sign in with instead of a user name. Cognito then
// makes up their user names.
func signInInstead(by []string) *[]*string {
	if slices.Contains(by, "username") {
		return nil
	}
	return attributeList(by)
}

// signInBeside returns what users sign in with besides their user names. It is fixed
// once the pool exists, so nil is safe: it cannot leave on what was on before.
func signInBeside(by []string) *[]*string {
	beside := slices.DeleteFunc(slices.Clone(by), func(way string) bool { return way == "username" })
	if len(beside) == len(by) || len(beside) == 0 {
		return nil
	}
	return attributeList(beside)
}

// attributeList returns the attributes that the settings' words stand for. Without
// words it returns an empty list: if the property were left out, it might stay as it was.
func attributeList(words []string) *[]*string {
	names := []string{}
	for _, word := range words {
		names = append(names, attributeNames[word])
	}
	return jsii.Strings(names...)
}

// none returns an empty list.
func none() *[]*string { return &[]*string{} }

// schema returns the attributes that differ from every pool's defaults.
func schema(pool newpool.Pool) any {
	var all []any
	for _, name := range slices.Sorted(maps.Keys(pool.Attributes)) {
		a := pool.Attributes[name]
		all = append(all, &awscognito.CfnUserPool_SchemaAttributeProperty{Name: &name, Required: &a.Required, Mutable: &a.Mutable})
	}
	for _, name := range slices.Sorted(maps.Keys(pool.CustomAttributes)) {
		all = append(all, customAttribute(name, pool.CustomAttributes[name]))
	}
	if all == nil {
		return nil
	}
	return &all
}

func customAttribute(name string, a newpool.CustomAttribute) *awscognito.CfnUserPool_SchemaAttributeProperty {
	property := &awscognito.CfnUserPool_SchemaAttributeProperty{
		Name:              &name,
		AttributeDataType: jsii.String(attributeTypes[a.Type]),
		Mutable:           &a.Mutable,
	}
	switch {
	case a.Min == nil && a.Max == nil:
	case a.Type == "number":
		property.NumberAttributeConstraints = &awscognito.CfnUserPool_NumberAttributeConstraintsProperty{MinValue: digits(a.Min), MaxValue: digits(a.Max)}
	default:
		property.StringAttributeConstraints = &awscognito.CfnUserPool_StringAttributeConstraintsProperty{MinLength: digits(a.Min), MaxLength: digits(a.Max)}
	}
	return property
}

// attributeUpdates keeps an address in force until its successor is verified. Only an
// empty list switches that off again: if it is left out, it stays as it was.
// https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/cognitoidp/user_pool.go
func attributeUpdates(pool newpool.Pool) any {
	list := attributeList(pool.Verify)
	if !pool.VerifyBeforeChange {
		list = none()
	}
	return &awscognito.CfnUserPool_UserAttributeUpdateSettingsProperty{AttributesRequireVerificationBeforeUpdate: list}
}

// digits returns a number as the text that CloudFormation expects for attributes.
func digits(n *int64) *string {
	if n == nil {
		return nil
	}
	return jsii.String(strconv.FormatInt(*n, 10))
}

// texts returns nil for an empty list.
func texts(list []string) *[]*string {
	if len(list) == 0 {
		return nil
	}
	return jsii.Strings(list...)
}
