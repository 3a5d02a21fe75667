package ledger

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// probed is a table of one item, in which one kind of request can fail.
type probed struct {
	API
	fails   string
	forgets bool // writes are answered and not kept
	held    item
}

func (p *probed) PutItem(_ context.Context, in *dynamodb.PutItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	if p.fails == "put" {
		return nil, errBroken
	}
	if !p.forgets {
		p.held = in.Item
	}
	return &dynamodb.PutItemOutput{}, nil
}

func (p *probed) GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	if p.fails == "get" {
		return nil, errBroken
	}
	return &dynamodb.GetItemOutput{Item: p.held}, nil
}

func (p *probed) DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	if p.fails == "delete" {
		return nil, errBroken
	}
	p.held = nil
	return &dynamodb.DeleteItemOutput{}, nil
}

func TestProbe(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   probed
		want error
		left bool
	}{
		{"usable", probed{}, nil, false},
		{"not writable", probed{fails: "put"}, errBroken, false},
		{"not readable", probed{fails: "get"}, errBroken, true},
		{"forgetful", probed{forgets: true}, errProbeLost, false},
		{"nothing can be deleted", probed{fails: "delete"}, errBroken, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := New(&tt.in, "ledger", "us-east-1_EXAMPLE01", "scim:1").Probe(t.Context())
			if !errors.Is(err, tt.want) {
				t.Errorf("Probe error = %v, want %v", err, tt.want)
			}
			if (tt.in.held != nil) != tt.left {
				t.Errorf("left in the table: %v", plain(tt.in.held))
			}
			for name, value := range plain(tt.in.held) {
				if name == ExpiryAttribute && !strings.HasPrefix(value, "number ") {
					t.Errorf("%s = %s, want a number: DynamoDB removes nothing else", name, value)
				}
			}
			if _, expires := tt.in.held[ExpiryAttribute]; expires != tt.left {
				t.Errorf("what is left expires: %t, want %t", expires, tt.left)
			}
		})
	}
}
