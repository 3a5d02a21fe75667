package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	signer "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/poolsync/poolsync/infra/local/emulator"
	"github.com/poolsync/poolsync/shared/scim/scimtest"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// account is an owner's AWS account before poolsync is deployed, with UserHub and a SCIM
// service.
type account struct {
	*emulator.Emulator
	pools   []string // ids: A and B
	before  map[string]poolState
	userhub *http.Server
	// userhubAddress is the stand-in's host and port.
	userhubAddress string
	service        *scimtest.Server
	dir            string
}

// poolNames are the names of the owner's pools.
var poolNames = []string{"A", "B"}

// openAccount starts an account with two pools that have the owner's own settings, and a
// UserHub with one connection. The caller must close it.
func openAccount(ctx context.Context, connection string) (a *account, err error) {
	a = &account{before: map[string]poolState{}}
	defer func() {
		if err != nil {
			a.close()
		}
	}()
	if a.dir, err = os.MkdirTemp("", "poolsync-account-"); err != nil {
		return a, err
	}
	if a.Emulator, err = emulator.StartMinistack(ctx, a.dir, accountID); err != nil {
		return a, err
	}
	if err = a.startUserHub(connection); err != nil {
		return a, err
	}
	if a.service, err = scimtest.Start(scimtest.OCI); err != nil {
		return a, err
	}
	if _, err = eventbridge.NewFromConfig(a.Config()).CreateEventBus(ctx, &eventbridge.CreateEventBusInput{Name: aws.String(ownersBus)}); err != nil {
		return a, fmt.Errorf("create the event bus: %w", err)
	}
	for _, name := range poolNames {
		if err = a.createPool(ctx, name); err != nil {
			return a, err
		}
	}
	return a, nil
}

// ownersBus is the owner's event bus.
const ownersBus = "owners"

// addresses returns the hosts and ports of the stand-ins.
func (a *account) addresses() []string {
	return []string{a.userhubAddress, a.serviceAddress()}
}

func (a *account) serviceAddress() string {
	return strings.Split(strings.TrimPrefix(a.service.URL, "http://"), "/")[0]
}

func (a *account) startUserHub(connection string) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	a.userhub = &http.Server{Handler: userhubtest.New(userhubtest.WithConnection(connection))}
	a.userhubAddress = listener.Addr().String()
	go a.userhub.Serve(listener)
	return nil
}

// close ends everything that the account runs.
func (a *account) close() {
	if a.userhub != nil {
		a.userhub.Close()
	}
	if a.service != nil {
		a.service.Close()
	}
	if a.Emulator != nil {
		a.Stop()
	}
	os.RemoveAll(a.dir)
}

func (a *account) createPool(ctx context.Context, name string) error {
	client := cognitoidentityprovider.NewFromConfig(a.Config())
	out, err := client.CreateUserPool(ctx, ownersPool(name))
	if err != nil {
		return fmt.Errorf("create pool %s: %w", name, err)
	}
	id := aws.ToString(out.UserPool.Id)
	a.pools = append(a.pools, id)
	a.before[id], err = describePool(ctx, client, id)
	return err
}

// secrets are the values that the owner puts into Secrets Manager, by the path of the
// setting that names the secret.
var secrets = map[string]string{
	"targets.*userhub.keySecretArn":      userhubtest.DefaultKey,
	"targets.*scim.keySecretArn":         scimtest.ClientSecret,
	"providers.userhub.signingSecretArn": "rehearsed-signing-secret",
	"providers.userhub.headerSecretArn":  "rehearsed-header-secret",
}

// settle returns golden settings with this account's values in place of the examples:
// pool A, the secrets, the stand-ins, and the owner's bus.
func (a *account) settle(ctx context.Context, golden settings) (settings, error) {
	settled := map[string]any{baseURL: "https://" + a.userhubAddress, secretsAccount: nil}
	for path, here := range map[string]string{
		bus:        ownersBus,
		serviceURL: strings.Replace(a.service.URL, "http:", "https:", 1), serviceTokenURL: strings.Replace(a.service.TokenURL(), "http:", "https:", 1),
		serviceClient: scimtest.ClientID,
	} {
		if golden.text(path) != "" {
			settled[path] = here
		}
	}
	client := secretsmanager.NewFromConfig(a.Config())
	for path, secret := range secrets {
		if golden.text(path) == "" {
			continue
		}
		created, err := client.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String(strings.ReplaceAll(path, "*", "the-")), SecretString: &secret})
		if err != nil {
			return nil, fmt.Errorf("create secret for %s: %w", path, err)
		}
		settled[path] = aws.ToString(created.ARN)
	}
	if golden.text(poolID) != "" {
		settled[poolID] = a.pools[0]
	}
	return golden.with(settled)
}

// acceptHTTP removes the policy of the bootstrap bucket, which refuses plain http: the
// emulator speaks nothing else.
func (a *account) acceptHTTP(ctx context.Context) error {
	bucket := fmt.Sprintf("cdk-hnb659fds-assets-%s-%s", accountID, emulator.Region)
	request, err := http.NewRequestWithContext(ctx, http.MethodDelete, a.URL()+"/"+bucket+"?policy=", nil)
	if err != nil {
		return err
	}
	credentials, err := a.Config().Credentials.Retrieve(ctx)
	if err != nil {
		return err
	}
	empty := sha256.Sum256(nil)
	hash := hex.EncodeToString(empty[:])
	request.Header.Set("X-Amz-Content-Sha256", hash)
	if err := signer.NewSigner().SignHTTP(ctx, credentials, request, hash, "s3", emulator.Region, time.Now()); err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	response.Body.Close()
	if response.StatusCode/100 != 2 {
		return errors.New("remove the bucket's policy: " + response.Status)
	}
	return nil
}
