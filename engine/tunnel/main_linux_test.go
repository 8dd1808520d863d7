package tunnel

import (
	"testing"

	"vns3/internal/netns"
)

func TestMain(m *testing.M) { netns.Main(m) }
