package lambdahost

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
)

// Front serves Lambda's Invoke API for the functions of host
// (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html) and passes every
// other request on to elsewhere, the emulator of the other services. Together they
// are one AWS endpoint, which a state machine in the emulator can call.
func Front(host *Host, elsewhere *url.URL) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /2015-03-31/functions/{function}/invocations", func(w http.ResponseWriter, r *http.Request) {
		serveInvoke(host, w, r)
	})
	mux.Handle("/", &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(elsewhere)
			r.Out.Host = r.In.Host
		},
		// Do not log a client that leaves or is killed.
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	})
	return mux
}

func serveInvoke(host *Host, w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("function")
	payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayload))
	if err != nil {
		refuse(w, ErrTooLarge)
		return
	}
	w.Header().Set("X-Amz-Executed-Version", "$LATEST")
	switch r.Header.Get("X-Amz-Invocation-Type") {
	case "DryRun":
		w.WriteHeader(http.StatusNoContent)
	case "Event":
		go host.Invoke(context.Background(), name, payload)
		w.WriteHeader(http.StatusAccepted)
	default:
		result, err := host.Invoke(r.Context(), name, payload)
		if err != nil {
			refuse(w, err)
			return
		}
		w.Header().Set("X-Amzn-Requestid", result.RequestID)
		if result.FunctionError != "" {
			w.Header().Set("X-Amz-Function-Error", result.FunctionError)
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write(result.Payload)
	}
}

// refuse answers with the error that Lambda would answer with.
func refuse(w http.ResponseWriter, err error) {
	status, code := http.StatusInternalServerError, "ServiceException"
	switch {
	case errors.Is(err, ErrUnknown):
		status, code = http.StatusNotFound, "ResourceNotFoundException"
	case errors.Is(err, ErrThrottled):
		status, code = http.StatusTooManyRequests, "TooManyRequestsException"
	case errors.Is(err, ErrTooLarge):
		status, code = http.StatusRequestEntityTooLarge, "RequestTooLargeException"
	}
	w.Header().Set("X-Amzn-Errortype", code)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"Type": "User", "message": err.Error()})
}
