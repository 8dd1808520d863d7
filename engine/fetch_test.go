package engine_test

import (
	"net"
	"testing"

	"vns3/control"
	"vns3/engine/enginetest"
	"vns3/status"
)

// A source that is not peered yet has no table to propose: a fetch from it proposes none.
func TestFetchBeforeSourceIsPeered(t *testing.T) {
	network := enginetest.Network()
	first, second := enginetest.Start(t, network, 1, ""), enginetest.Start(t, network, 2, "")
	enginetest.Task(t, first, control.KeysetGenerate{Topology: "Acme overlay", Token: enginetest.Token})
	if task := enginetest.Task(t, second, control.KeysetFetch{Source: first.Address.String(), Token: enginetest.Token}); task.State != status.Done {
		t.Fatalf("fetch: %s", task.Error)
	}
	if s := second.Until(t, "the keys", func(s *status.Snapshot) bool { return s.Keyset.Present }); s.Suggestion != nil {
		t.Errorf("proposes %v", s.Suggestion.Table)
	}
}

// A fetch that is cancelled says that, and not how a program says it.
func TestCancelledFetch(t *testing.T) {
	c := enginetest.Start(t, enginetest.Network(), 1, "")
	silent, err := net.Listen("tcp", net.JoinHostPort(c.Address.Next().String(), "0"))
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	started := enginetest.Must[control.TaskStarted](t, c, control.KeysetFetch{Source: silent.Addr().String(), Token: enginetest.Token})
	enginetest.Must[control.Nothing](t, c, control.TaskCancel{ID: started.Task})
	s := c.Until(t, "the end of the fetch", func(s *status.Snapshot) bool {
		return len(s.Tasks) > 0 && s.Tasks[len(s.Tasks)-1].State == status.Failed
	})
	if task := s.Tasks[len(s.Tasks)-1]; !task.Cancelled || task.Error != "cancelled" {
		t.Errorf("%+v", task)
	}
}
