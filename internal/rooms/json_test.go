package rooms

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Statistics are published as JSON, and read by programs in other languages: every
// exported field of every exported Stats and Info has a name in snake_case.
func TestStatisticsHaveNames(t *testing.T) {
	snake := regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	seen := 0
	for _, p := range list(t, "linux") {
		if hidden(p.ImportPath) {
			continue
		}
		dir := local(p.ImportPath)
		for name, fields := range statistics(t, filepath.Join("../..", dir)) {
			seen++
			for field, tag := range fields {
				assert.Regexp(t, snake, tag, "%s: the JSON name of %s.%s", dir, name, field)
			}
		}
	}
	assert.NotZero(t, seen)
}

// statistics returns the exported structs of a folder whose names end in Stats or
// Info, with the JSON names of their exported fields.
func statistics(t *testing.T, dir string) map[string]map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	found := map[string]map[string]string{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || !spec.Name.IsExported() || !isStatistics(spec.Name.Name) {
				return true
			}
			if s, ok := spec.Type.(*ast.StructType); ok {
				found[spec.Name.Name] = jsonNames(t, s)
			}
			return true
		})
	}
	return found
}

func isStatistics(name string) bool {
	return strings.HasSuffix(name, "Stats") || strings.HasSuffix(name, "Info")
}

// jsonNames returns the JSON names of the exported fields of s, "" where there is none.
func jsonNames(t *testing.T, s *ast.StructType) map[string]string {
	t.Helper()
	names := map[string]string{}
	for _, field := range s.Fields.List {
		tag := ""
		if field.Tag != nil {
			text, err := strconv.Unquote(field.Tag.Value)
			require.NoError(t, err)
			tag, _, _ = strings.Cut(reflect.StructTag(text).Get("json"), ",")
		}
		for _, name := range field.Names {
			if name.IsExported() {
				names[name.Name] = tag
			}
		}
	}
	return names
}
