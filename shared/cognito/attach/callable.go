package attach

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// Lambda is the part of [lambda.Client] that putting back a trigger uses.
type Lambda interface {
	GetPolicy(context.Context, *lambda.GetPolicyInput, ...func(*lambda.Options)) (*lambda.GetPolicyOutput, error)
}

// cognitoService is the principal that calls a function for a pool.
const cognitoService = "cognito-idp.amazonaws.com"

// callable reports whether a function exists and its policy clearly lets a pool call
// it. In doubt it reports false: a missing trigger loses news of sign-ins, one that
// cannot be called refuses them.
func (a *Attacher) callable(ctx context.Context, poolARN, function string) (bool, error) {
	name, qualifier := qualified(function)
	in := &lambda.GetPolicyInput{FunctionName: &name}
	if qualifier != "" {
		in.Qualifier = &qualifier
	}
	out, err := a.lambda.GetPolicy(ctx, in)
	// Lambda says the same of a function that is gone and of one without a policy.
	if _, none := errors.AsType[*lambdatypes.ResourceNotFoundException](err); none {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read who may call %s, to put it back: %w "+
			"(or deploy without pool.replaceTriggers first: then the trigger is cleared instead)", function, err)
	}
	var policy struct{ Statement []statement }
	if json.Unmarshal([]byte(aws.ToString(out.Policy)), &policy) != nil {
		return false, nil
	}
	denies := func(s statement) bool { return s.Effect != "Allow" }
	allows := func(s statement) bool { return s.allows(poolARN) }
	return !slices.ContainsFunc(policy.Statement, denies) && slices.ContainsFunc(policy.Statement, allows), nil
}

// qualified splits a function's ARN from the version or alias that it may end with:
// arn:aws:lambda:<region>:<account>:function:<name>:<qualifier>.
func qualified(arn string) (name, qualifier string) {
	parts := strings.SplitN(arn, ":", 8)
	if len(parts) < 8 {
		return arn, ""
	}
	return strings.Join(parts[:7], ":"), parts[7]
}

// statement is one statement of a function's policy, as AddPermission writes it. A
// statement in another form is not read, and so allows nothing.
type statement struct {
	Effect    string
	Principal any
	Action    any
	Condition map[string]map[string]any
}

// allows reports whether the statement lets Cognito call the function for a pool.
func (s statement) allows(poolARN string) bool {
	principal, _ := s.Principal.(map[string]any)
	return principal["Service"] == cognitoService &&
		(s.Action == "lambda:InvokeFunction" || s.Action == "lambda:*") && s.holds(poolARN)
}

// holds reports whether the statement's conditions are met when Cognito calls for a
// pool. An unknown condition is not met.
func (s statement) holds(poolARN string) bool {
	facts := map[string]string{"aws:sourcearn": poolARN}
	if parts := strings.Split(poolARN, ":"); len(parts) > 4 {
		facts["aws:sourceaccount"] = parts[4]
	}
	for operator, keys := range s.Condition {
		for key, wanted := range keys {
			pattern, ok := wanted.(string)
			fact := facts[strings.ToLower(key)]
			switch operator {
			case "StringEquals":
				ok = ok && pattern == fact
			case "StringLike":
				ok = ok && like(pattern, fact)
			case "ArnLike", "ArnEquals":
				ok = ok && likeARN(pattern, fact)
			default:
				ok = false
			}
			if !ok {
				return false
			}
		}
	}
	return true
}

// like reports whether text matches a pattern in which * stands for anything and ?
// for one character.
func like(pattern, text string) bool {
	expression := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern))
	return regexp.MustCompile("^" + expression + "$").MatchString(text)
}

// likeARN does the same for each of the six parts of an ARN.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
func likeARN(pattern, arn string) bool {
	patterns, parts := strings.SplitN(pattern, ":", 6), strings.SplitN(arn, ":", 6)
	if len(patterns) != len(parts) {
		return false
	}
	for i := range parts {
		if !like(patterns[i], parts[i]) {
			return false
		}
	}
	return true
}
