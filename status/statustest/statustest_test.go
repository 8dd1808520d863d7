package statustest

import (
	"encoding/json"
	"testing"

	"vns3/status"
)

// Every snapshot is one that an engine could publish: it survives its JSON, its warnings are in the
// registry, and its links, peers and clients name controllers that exist.
func TestSnapshotsAreConsistent(t *testing.T) {
	for name, build := range map[string]func() *status.Snapshot{
		"Three": Three, "Single": Single, "Nine": Nine, "Storm": Storm, "Crowd": Crowd, "Degraded": Degraded, "OneWay": OneWay,
		"OtherKeyset": OtherKeyset, "Unlicensed": Unlicensed, "NoKeyset": NoKeyset, "Routed": Routed, "Draining": Draining,
	} {
		t.Run(name, func(t *testing.T) {
			s := build()
			text, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			var again status.Snapshot
			if err := json.Unmarshal(text, &again); err != nil {
				t.Fatal(err)
			}
			if !s.At.Equal(again.At) || len(again.Clients) != len(s.Clients) {
				t.Error("the snapshot does not survive its JSON")
			}
			for _, w := range s.Warnings {
				status.Describe(status.Code(w.Code))
			}
			for _, p := range s.Peers {
				if p.Reason != "" {
					status.Describe(status.Code(p.Reason))
				}
			}
			known := map[int]bool{0: true}
			for _, c := range s.Controllers {
				known[c.ID] = true
			}
			for _, l := range s.Links {
				if !known[l.From] || !known[l.To] {
					t.Errorf("link %d → %d has an unknown end", l.From, l.To)
				}
			}
			for _, c := range s.Clients {
				if !known[c.ControllerID] {
					t.Errorf("client %s is held by unknown controller %d", c.Name, c.ControllerID)
				}
			}
		})
	}
}

// Events come oldest first, with sequence numbers and times that rise.
func TestEventsRise(t *testing.T) {
	events := Events(300)
	for i, e := range events[1:] {
		if e.Seq != events[i].Seq+1 || !e.At.After(events[i].At) {
			t.Fatalf("event %d does not follow the one before it", e.Seq)
		}
	}
}
