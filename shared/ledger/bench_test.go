package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
)

// pageOf is an HTTP client that answers each query with one page.
type pageOf struct{ body []byte }

func (p pageOf) Do(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(p.body))}, nil
}

// BenchmarkEntries reads a page of the ledger, as a run does for each target, and says
// what an entry costs in processor time. The network takes none.
func BenchmarkEntries(b *testing.B) {
	const entries = 2400
	type attributes = map[string]map[string]string
	var page struct {
		Items []attributes
		Count int
	}
	for i := range entries {
		sub := fmt.Sprintf("%08x-3041-70aa-1111-0123456789ab", i)
		page.Items = append(page.Items, attributes{
			"pk": {"S": "us-east-1_EXAMPLE01#scim:1#0"}, "sk": {"S": sub}, "username": {"S": fmt.Sprintf("user-%d@example.com", i)},
			"fingerprint": {"S": directory.NewFingerprint(1, map[string]string{"id": sub}).String()},
			"observedAt":  {"S": noon.Format(timeForm)}, "deliveredAt": {"S": noon.Add(time.Second).Format(timeForm)},
			"remoteId": {"S": sub}, "note": {"S": `W/"1"`},
		})
	}
	page.Count = entries
	body, err := json.Marshal(page)
	if err != nil {
		b.Fatal(err)
	}
	client := NewClient(aws.Config{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("testing", "testing", ""), HTTPClient: pageOf{body},
	})
	table := New(client, "ledger", "us-east-1_EXAMPLE01", "scim:1")
	b.ReportAllocs()
	for b.Loop() {
		read := 0
		err := table.Entries(b.Context(), "0", func(e plan.Entry) error { read++; return nil })
		if err != nil || read != entries {
			b.Fatalf("read %d entries, %v; want %d", read, err, entries)
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/entries, "ns/entry")
}
