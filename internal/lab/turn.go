package lab

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// heldByParent tells the test binary that runs again in a user namespace that its turn has come.
const heldByParent = "VNS3_LAB_TURN"

// turn is kept for the life of the process: a lock that nobody refers to is closed by the collector. Each
// user has one: another user's file may not be opened.
var turn = flock.New(filepath.Join(os.TempDir(), fmt.Sprintf("vns3-lab-%d.lock", os.Getuid())))

// takeTurn waits until no other test package has machines: their times are those of a machine that has
// nothing else to do. The turn ends with the process.
func takeTurn() error {
	if os.Getenv(heldByParent) != "" {
		return nil
	}
	if err := turn.Lock(); err != nil {
		return fmt.Errorf("another test package has the machines, and cannot be waited for: %w", err)
	}
	return os.Setenv(heldByParent, "1")
}
