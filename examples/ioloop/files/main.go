// Files writes a file and reads it again while the loop goes on with its other work.
package main

import (
	"context"
	"log"
	"os"
	"path/filepath"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/ioloop"
)

func main() {
	flags.Parse()
	dir, err := os.MkdirTemp("", "files")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := ioloop.Run(context.Background(), func(ctx context.Context, loop *ioloop.Loop) error {
		return writeAndRead(ctx, loop, filepath.Join(dir, "example.txt"))
	}); err != nil {
		os.RemoveAll(dir)
		log.Fatal(err)
	}
}

func writeAndRead(ctx context.Context, loop *ioloop.Loop, name string) error {
	if _, err := loop.WriteFile(ctx, name, []byte("Hello, world!"), 0o600).Result(ctx); err != nil {
		return err
	}
	content, err := loop.ReadFile(ctx, name).Result(ctx)
	if err == nil {
		stdout.Println(string(content))
	}
	return err
}
