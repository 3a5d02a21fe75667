package poolsync

import (
	"context"

	"github.com/poolsync/poolsync/infra/bundle"
)

// Build builds the functions for Lambda into the folder to, each into a subfolder with
// its name, as [Props] needs them. It builds them from the sources of this module: a
// checkout, or the module cache if an app requires the module. Run it inside one of the
// two. It needs the go command.
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
