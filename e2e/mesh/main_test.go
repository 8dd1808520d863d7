// Package mesh proves, with the real binary in network namespaces, that controllers become one mesh
// and stay one whatever fails, and that each says why.
package mesh

import (
	"testing"

	"vns3/internal/lab"
)

func TestMain(m *testing.M) { lab.Main(m) }
