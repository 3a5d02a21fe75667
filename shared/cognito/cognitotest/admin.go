package cognitotest

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// AdminGetUser returns the present state of a user, found by user name, verified
// alias, or, for a local user, sub.
func (p *Pool) AdminGetUser(ctx context.Context, in *cip.AdminGetUserInput, _ ...func(*cip.Options)) (*cip.AdminGetUserOutput, error) {
	return admin(ctx, p, "AdminGetUser", in.UserPoolId, in.Username, func(_ string, r *record) (*cip.AdminGetUserOutput, error) {
		u := r.userType()
		return &cip.AdminGetUserOutput{
			Username: u.Username, UserAttributes: u.Attributes, Enabled: u.Enabled, UserStatus: u.UserStatus,
			UserCreateDate: u.UserCreateDate, UserLastModifiedDate: u.UserLastModifiedDate,
		}, nil
	})
}

// groupPage is how many groups a page holds: few, so that tests turn pages.
const groupPage = 10

// AdminListGroupsForUser lists a user's groups, ten a page.
func (p *Pool) AdminListGroupsForUser(ctx context.Context, in *cip.AdminListGroupsForUserInput, _ ...func(*cip.Options)) (*cip.AdminListGroupsForUserOutput, error) {
	return admin(ctx, p, "AdminListGroupsForUser", in.UserPoolId, in.Username, func(sub string, _ *record) (*cip.AdminListGroupsForUserOutput, error) {
		var names []string
		for name, members := range p.groups {
			if members.listed(p.settings.lag)[sub] && name > aws.ToString(in.NextToken) {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		out := &cip.AdminListGroupsForUserOutput{}
		if len(names) > groupPage {
			names = names[:groupPage]
			out.NextToken = aws.String(names[groupPage-1])
		}
		for _, name := range names {
			out.Groups = append(out.Groups, types.GroupType{GroupName: aws.String(name), UserPoolId: aws.String(ID)})
		}
		return out, nil
	})
}

// DescribeUserPool describes the pool, as far as its options go.
func (p *Pool) DescribeUserPool(ctx context.Context, in *cip.DescribeUserPoolInput, _ ...func(*cip.Options)) (*cip.DescribeUserPoolOutput, error) {
	return serve(ctx, p, Call{Op: "DescribeUserPool"}, func() (*cip.DescribeUserPoolOutput, error) {
		if aws.ToString(in.UserPoolId) != ID {
			return nil, Answer("ResourceNotFoundException", 400)
		}
		n := p.settings.estimate
		if n < 0 {
			n = p.total
		}
		d := &types.UserPoolType{
			Id:                     aws.String(ID),
			EstimatedNumberOfUsers: int32(n),
			LambdaConfig:           p.settings.triggers,
			SchemaAttributes:       p.settings.schemaAttributes(),
			UsernameConfiguration:  &types.UsernameConfigurationType{CaseSensitive: aws.Bool(!p.settings.ignoreCase)},
		}
		for _, a := range p.settings.signInWith {
			d.UsernameAttributes = append(d.UsernameAttributes, types.UsernameAttributeType(a))
		}
		for _, a := range p.settings.aliases {
			d.AliasAttributes = append(d.AliasAttributes, types.AliasAttributeType(a))
		}
		if len(p.settings.verify) > 0 {
			d.UserAttributeUpdateSettings = &types.UserAttributeUpdateSettingsType{}
		}
		for _, a := range p.settings.verify {
			s := d.UserAttributeUpdateSettings
			s.AttributesRequireVerificationBeforeUpdate = append(s.AttributesRequireVerificationBeforeUpdate, types.VerifiedAttributeType(a))
		}
		return &cip.DescribeUserPoolOutput{UserPool: d}, nil
	})
}

// admin serves a call about one user.
func admin[Out any](
	ctx context.Context, p *Pool, op string, pool, name *string, do func(sub string, r *record) (*Out, error),
) (*Out, error) {
	return serve(ctx, p, Call{Op: op}, func() (*Out, error) {
		if aws.ToString(pool) != ID {
			return nil, Answer("ResourceNotFoundException", 400)
		}
		sub, r := p.named(aws.ToString(name))
		if r == nil {
			return nil, Answer("UserNotFoundException", 400)
		}
		return do(sub, r)
	})
}
