package cognitotest

import (
	"context"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// AddClient adds an app client with this id.
func (p *Pool) AddClient(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clients = append(p.clients, id)
}

// ListUserPoolClients lists the app clients, as many a page as the request asks for.
func (p *Pool) ListUserPoolClients(ctx context.Context, in *cip.ListUserPoolClientsInput, _ ...func(*cip.Options)) (*cip.ListUserPoolClientsOutput, error) {
	from, _ := strconv.Atoi(aws.ToString(in.NextToken)) // ours, or none
	return serve(ctx, p, Call{Op: "ListUserPoolClients"}, func() (*cip.ListUserPoolClientsOutput, error) {
		if aws.ToString(in.UserPoolId) != ID || from > len(p.clients) {
			return nil, Answer("InvalidParameterException", 400)
		}
		out := &cip.ListUserPoolClientsOutput{}
		to := min(from+int(aws.ToInt32(in.MaxResults)), len(p.clients))
		for _, id := range p.clients[from:to] {
			out.UserPoolClients = append(out.UserPoolClients, types.UserPoolClientDescription{ClientId: aws.String(id)})
		}
		if to < len(p.clients) {
			out.NextToken = aws.String(strconv.Itoa(to))
		}
		return out, nil
	})
}
