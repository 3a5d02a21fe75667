package sandbox

import (
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/poolsync/poolsync/infra/local/gateway"
)

// api is an HTTP API on a loopback port. A route's key is a pattern of
// [http.ServeMux]: "POST /webhook".
type api struct {
	url    string
	routes *http.ServeMux
	server *http.Server
}

// httpAPI makes an HTTP API. Its routes are added later.
func (c *creator) httpAPI(id string) (made, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return made{}, fmt.Errorf("start the API gateway: %w", err)
	}
	a := &api{url: "http://" + listener.Addr().String(), routes: http.NewServeMux()}
	a.server = &http.Server{Handler: a.routes}
	go a.server.Serve(listener)
	c.apis[id] = a
	return made{ref: id, attributes: map[string]string{"ApiEndpoint": a.url, "ApiId": id}}, nil
}

// integration notes a function that routes can lead to.
func (c *creator) integration(id string, p properties) (made, error) {
	var in struct{ IntegrationType, IntegrationUri, PayloadFormatVersion string }
	if err := p.decode(&in); err != nil {
		return made{}, err
	}
	if in.IntegrationType != "AWS_PROXY" || in.PayloadFormatVersion != "2.0" {
		return made{}, fmt.Errorf("%w: an integration other than AWS_PROXY of version 2.0", ErrNoCounterpart)
	}
	return made{ref: id, attributes: map[string]string{"function": in.IntegrationUri}}, nil
}

// route adds a route to an API.
func (c *creator) route(id string, p properties) (made, error) {
	var in struct{ ApiId, RouteKey, Target string }
	if err := p.decode(&in); err != nil {
		return made{}, err
	}
	integration, err := c.resource(strings.TrimPrefix(in.Target, "integrations/"))
	if err != nil {
		return made{}, err
	}
	c.apis[in.ApiId].routes.Handle(in.RouteKey, gateway.Handler(c.functions, integration.attributes["function"]))
	return made{ref: id}, nil
}
