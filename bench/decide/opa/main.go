// Compiles the Rego file named first to the WebAssembly file named second, with the entry point named third.
package main

import (
	"context"
	"os"

	"github.com/open-policy-agent/opa/v1/compile"
)

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
}

func run(rego, wasm, entrypoint string) error {
	compiler := compile.New().WithTarget(compile.TargetWasm).WithPaths(rego).WithEntrypoints(entrypoint)
	if err := compiler.Build(context.Background()); err != nil {
		return err
	}
	for _, module := range compiler.Bundle().WasmModules {
		return os.WriteFile(wasm, module.Raw, 0o644)
	}
	return nil
}
