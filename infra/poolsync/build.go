package poolsync

import (
	"context"

	"github.com/poolsync/poolsync/infra/bundle"
)

// Build builds the functions for Lambda into the folder to, each into a folder of its
// name, as [Props] needs them. It builds them from the sources of this module, wherever
// they lie: in a checkout, or in the module cache of an app that requires the module, in
// one of whose folders it has to run. It needs the go command.
//
// The error is [bundle.ErrSource] if the sources cannot be found, and [bundle.ErrBuild],
// with the compiler's message, if they do not compile.
func Build(ctx context.Context, to string) error {
	root, err := bundle.Root(ctx)
	if err != nil {
		return err
	}
	return bundle.Build(ctx, root, to, bundle.Lambda)
}
