package fetch

import (
	"fmt"
	"net"
	"net/netip"

	"vns3/peering"
)

// Suggest proposes a peering table to the controller that fetched b, from the table of the source: the
// source's own row becomes the address fetched from, the row that is an address of this machine becomes
// "this instance", all others stay. Notes say why, by ID. Nothing may be saved unseen.
func Suggest(b *Bundle, source string, local func(netip.Addr) bool) (peering.Table, map[int]string) {
	s := suggestion{notes: map[int]string{}, local: local, source: hostOf(source)}
	for id := 1; id <= peering.MaxID; id++ {
		row, err := peering.ParseRow(b.PeeringRows[id])
		if err == nil {
			s.propose(b, id, row)
		}
	}
	if s.table.Self() == 0 {
		s.noteFree(len(b.Overlay.Controllers))
	}
	return s.table, s.notes
}

type suggestion struct {
	table  peering.Table
	notes  map[int]string
	local  func(netip.Addr) bool
	source string // host fetched from, normalised
}

func (s *suggestion) propose(b *Bundle, id int, row peering.Row) {
	addr, _ := netip.ParseAddr(row.Address)
	switch {
	case id == b.SourceID && s.source != "":
		s.table[id] = peering.Row{Kind: peering.Address, Address: s.source}
		s.notes[id] = "the address that the keyset was fetched from"
	case row.Kind != peering.Address:
		// "not set", or a second "this instance" of a table that was not valid there either
	case addr.IsValid() && s.local(addr) && s.table.Self() == 0:
		s.table[id] = peering.Row{Kind: peering.Self}
		s.notes[id] = fmt.Sprintf("controller %d lists %v, an address of this machine", b.SourceID, addr)
	case row.Address == s.source:
		s.notes[id] = fmt.Sprintf("controller %d lists %s here, the address that the keyset was fetched from", b.SourceID, row.Address)
	default:
		s.table[id] = row
		s.notes[id] = fmt.Sprintf("as controller %d lists it", b.SourceID)
	}
}

// noteFree points at the first row that this controller could be.
func (s *suggestion) noteFree(licensed int) {
	for id := 1; id <= min(licensed, peering.MaxID); id++ {
		if s.table[id].Kind == peering.NotSet {
			s.notes[id] = "no row is an address of this machine; this one is free"
			return
		}
	}
}

// hostOf returns the host of HOST[:PORT] as a row of the table writes it; empty if it cannot be one.
func hostOf(source string) string {
	address, err := sourceAddress(source)
	if err != nil {
		return ""
	}
	host, _, _ := net.SplitHostPort(address)
	host, err = peering.ParseAddress(host)
	if err != nil {
		return ""
	}
	return host
}
