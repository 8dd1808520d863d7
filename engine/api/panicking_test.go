package api_test

import (
	"context"

	"vns3/control"
)

// panicking is a backend whose actions panic.
type panicking struct{ control.Backend }

func (panicking) Do(context.Context, control.Request) (any, error) { panic("boom") }
