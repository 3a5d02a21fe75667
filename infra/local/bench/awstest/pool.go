package awstest

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
)

// Pool returns the operation that reads a user pool: ListUsers.
func Pool(pool *cognitotest.Pool) Service {
	return Service{"AWSCognitoIdentityProviderService.ListUsers": handle(func(in cip.ListUsersInput) (any, error) {
		page, err := pool.ListUsers(context.Background(), &in)
		if err != nil {
			return nil, err
		}
		out := struct {
			Users           []user
			PaginationToken *string `json:",omitempty"`
		}{Users: make([]user, len(page.Users)), PaginationToken: page.PaginationToken}
		for i, u := range page.Users {
			out.Users[i] = userOf(u)
		}
		return out, nil
	})}
}

// user is a user in ListUsers' form. Times are in seconds.
type user struct {
	Username             string
	Attributes           []types.AttributeType
	Enabled              bool
	UserStatus           types.UserStatusType
	UserCreateDate       float64
	UserLastModifiedDate float64
}

func userOf(u types.UserType) user {
	return user{
		Username: aws.ToString(u.Username), Attributes: u.Attributes, Enabled: u.Enabled, UserStatus: u.UserStatus,
		UserCreateDate:       float64(u.UserCreateDate.UnixMilli()) / 1e3,
		UserLastModifiedDate: float64(u.UserLastModifiedDate.UnixMilli()) / 1e3,
	}
}
