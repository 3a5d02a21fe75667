package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// admin administers the pool, as its owner does in the AWS console.
type admin struct {
	pools *cognitoidentityprovider.Client
	pool  string
}

// create adds a user who has never signed in, and returns the user name.
func (a admin) create(ctx context.Context, number int) (username string, err error) {
	email := fmt.Sprintf("member-%03d@example.com", number)
	created, err := a.pools.AdminCreateUser(ctx, &cognitoidentityprovider.AdminCreateUserInput{
		UserPoolId: &a.pool, Username: &email, MessageAction: types.MessageActionTypeSuppress,
		UserAttributes: attributes("email", email, "name", fmt.Sprintf("Member %d", number)),
	})
	if err != nil {
		return "", fmt.Errorf("create user: %w", err)
	}
	return aws.ToString(created.User.Username), nil
}

func (a admin) rename(ctx context.Context, username, name string) error {
	_, err := a.pools.AdminUpdateUserAttributes(ctx, &cognitoidentityprovider.AdminUpdateUserAttributesInput{
		UserPoolId: &a.pool, Username: &username, UserAttributes: attributes("name", name),
	})
	return err
}

func (a admin) disable(ctx context.Context, username string) error {
	_, err := a.pools.AdminDisableUser(ctx, &cognitoidentityprovider.AdminDisableUserInput{
		UserPoolId: &a.pool, Username: &username,
	})
	return err
}

func (a admin) remove(ctx context.Context, usernames ...string) error {
	for _, username := range usernames {
		if _, err := a.pools.AdminDeleteUser(ctx, &cognitoidentityprovider.AdminDeleteUserInput{
			UserPoolId: &a.pool, Username: &username,
		}); err != nil {
			return err
		}
	}
	return nil
}

// nameOf returns a user's name.
func (a admin) nameOf(ctx context.Context, username string) (string, error) {
	user, err := a.pools.AdminGetUser(ctx, &cognitoidentityprovider.AdminGetUserInput{UserPoolId: &a.pool, Username: &username})
	if err != nil {
		return "", err
	}
	for _, attribute := range user.UserAttributes {
		if aws.ToString(attribute.Name) == "name" {
			return aws.ToString(attribute.Value), nil
		}
	}
	return "", nil
}

// group puts a user into a new group.
func (a admin) group(ctx context.Context, username, group string) error {
	if _, err := a.pools.CreateGroup(ctx, &cognitoidentityprovider.CreateGroupInput{
		UserPoolId: &a.pool, GroupName: &group,
	}); err != nil {
		return err
	}
	_, err := a.pools.AdminAddUserToGroup(ctx, &cognitoidentityprovider.AdminAddUserToGroupInput{
		UserPoolId: &a.pool, Username: &username, GroupName: &group,
	})
	return err
}

// attributes pairs names with values.
func attributes(pairs ...string) []types.AttributeType {
	var all []types.AttributeType
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, types.AttributeType{Name: &pairs[i], Value: &pairs[i+1]})
	}
	return all
}
