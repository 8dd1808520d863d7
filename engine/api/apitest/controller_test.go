package apitest_test

import (
	"testing"

	"vns3/control"
	"vns3/control/controltest"
	"vns3/engine/api/access"
	"vns3/engine/api/apitest"
)

// The simulated controller keeps the contract that the engine keeps.
func TestContract(t *testing.T) {
	controltest.Run(t, func(t *testing.T) control.Backend {
		users, err := access.Open(access.Options{Dir: t.TempDir(), Cost: apitest.FastCost})
		if err != nil {
			t.Fatal(err)
		}
		c := apitest.New(apitest.Options{Access: users})
		t.Cleanup(c.Close)
		return c
	})
}
