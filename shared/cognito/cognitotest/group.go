package cognitotest

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// AddToGroup puts users into a group, and makes the group if there is none. Without
// users it only makes the group.
func (p *Pool) AddToGroup(group string, subs ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.groups[group] == nil {
		p.groups[group] = make(map[string]bool)
	}
	for _, sub := range subs {
		p.groups[group][sub] = true
	}
}

// RemoveFromGroup takes users out of a group.
func (p *Pool) RemoveFromGroup(group string, subs ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, sub := range subs {
		delete(p.groups[group], sub)
	}
}

// AdminAddUserToGroup puts a user into a group; one who is already in it stays.
func (p *Pool) AdminAddUserToGroup(ctx context.Context, in *cip.AdminAddUserToGroupInput, _ ...func(*cip.Options)) (*cip.AdminAddUserToGroupOutput, error) {
	return admin(ctx, p, "AdminAddUserToGroup", in.UserPoolId, in.Username, func(sub string, _ *record) (*cip.AdminAddUserToGroupOutput, error) {
		members, ok := p.groups[aws.ToString(in.GroupName)]
		if !ok {
			return nil, Answer("ResourceNotFoundException", 400)
		}
		members[sub] = true
		return &cip.AdminAddUserToGroupOutput{}, nil
	})
}

// AdminRemoveUserFromGroup takes a user out of a group, or leaves the user out.
func (p *Pool) AdminRemoveUserFromGroup(ctx context.Context, in *cip.AdminRemoveUserFromGroupInput, _ ...func(*cip.Options)) (*cip.AdminRemoveUserFromGroupOutput, error) {
	return admin(ctx, p, "AdminRemoveUserFromGroup", in.UserPoolId, in.Username, func(sub string, _ *record) (*cip.AdminRemoveUserFromGroupOutput, error) {
		members, ok := p.groups[aws.ToString(in.GroupName)]
		if !ok {
			return nil, Answer("ResourceNotFoundException", 400)
		}
		delete(members, sub)
		return &cip.AdminRemoveUserFromGroupOutput{}, nil
	})
}
