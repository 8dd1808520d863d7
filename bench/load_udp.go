//go:build linux

package main

import (
	"encoding/binary"
	"net"
	"sync"
	"syscall"
	"time"

	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"
)

// burst is how many datagrams one call sends or receives.
const burst = 64

// delivery is what became of a load of datagrams.
type delivery struct {
	sent, got   uint64
	late, twice uint64 // came behind a later one; came again
	during      time.Duration
}

// rate is how many arrived, a second.
func (d delivery) rate() float64 { return float64(d.got) / d.during.Seconds() }

// loss is the part that did not arrive.
func (d delivery) loss() float64 {
	if d.sent == 0 {
		return 1
	}
	return 1 - float64(d.got)/float64(d.sent)
}

// unpaced sends as fast as the sender can.
const unpaced = 0

// flood sends numbered datagrams of a size (bytes of UDP payload) at a rate a second, or unpaced.
func flood(b *bed, size int, rate float64, during time.Duration) delivery {
	from, to := b.ends()
	in := listenUDP(b, to)
	var out *net.UDPConn
	var err error
	from.Run(func() { out, err = net.DialUDP("udp4", nil, in.LocalAddr().(*net.UDPAddr)) })
	if err != nil {
		b.Fatal(err)
	}
	defer out.Close()

	var d delivery
	var receiving sync.WaitGroup
	receiving.Go(func() { d.receive(in) })
	began := time.Now()
	sent := send(out, size, rate, during)
	d.during = time.Since(began)
	// What is under way still counts: everything that waits somewhere is there by then.
	in.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	receiving.Wait()
	in.Close()
	d.sent = sent
	return d
}

func listenUDP(b *bed, at *machine) *net.UDPConn {
	var conn *net.UDPConn
	var err error
	at.Run(func() { conn, err = net.ListenUDP("udp4", &net.UDPAddr{IP: at.overlay.AsSlice()}) })
	if err == nil {
		var raw syscall.RawConn
		raw, err = conn.SyscallConn()
		if err == nil {
			err = raw.Control(func(fd uintptr) {
				// Best effort: without it a receiver that is late loses more, for all systems alike.
				_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 8<<20)
			})
		}
	}
	if err != nil {
		b.Fatal(err)
	}
	return conn
}

// send returns how many datagrams the sender got rid of. A paced sender that is late catches up.
func send(out *net.UDPConn, size int, rate float64, during time.Duration) uint64 {
	batch := ipv4.NewPacketConn(out)
	messages := make([]ipv4.Message, burst)
	for i := range messages {
		messages[i].Buffers = [][]byte{make([]byte, size)}
	}
	began := time.Now()
	var sent uint64
	for {
		gone := time.Since(began)
		if gone >= during {
			return sent
		}
		n := burst
		if rate != unpaced {
			if n = min(int(rate*gone.Seconds())-int(sent), burst); n <= 0 {
				<-time.After(time.Millisecond)
				continue
			}
		}
		for i := range n {
			binary.BigEndian.PutUint64(messages[i].Buffers[0], sent+uint64(i)+1)
		}
		done, err := batch.WriteBatch(messages[:n], 0)
		if err != nil {
			<-time.After(100 * time.Microsecond) // no buffers: as a program would, it tries again
			continue
		}
		sent += uint64(done)
	}
}

// receive counts what arrives until the deadline of the socket.
func (d *delivery) receive(in *net.UDPConn) {
	batch := ipv4.NewPacketConn(in)
	messages := make([]ipv4.Message, burst)
	for i := range messages {
		messages[i].Buffers = [][]byte{make([]byte, 2048)}
	}
	var seen []uint64 // a bit for each number
	var highest uint64
	for {
		n, err := batch.ReadBatch(messages, 0)
		if err != nil {
			return
		}
		for _, m := range messages[:n] {
			number := binary.BigEndian.Uint64(m.Buffers[0])
			for uint64(len(seen)) <= number/64 {
				seen = append(seen, 0)
			}
			if seen[number/64]&(1<<(number%64)) != 0 {
				d.twice++
				continue
			}
			seen[number/64] |= 1 << (number % 64)
			d.got++
			if number < highest {
				d.late++
			}
			highest = max(highest, number)
		}
	}
}

// tolerated is the loss up to which a rate counts as carried.
const tolerated = 0.01

// searchSteps halve the range of rates so often: to less than a hundredth.
const searchSteps = 7

// highestRate searches the highest rate a second with no more than the tolerated loss.
func highestRate(b *bed, size int, upTo float64, each time.Duration) float64 {
	return searchRate(upTo, func(rate float64) bool { return flood(b, size, rate, each).loss() <= tolerated })
}

// searchRate searches the highest rate that is carried. One that fails is tried a second time, because a
// moment without a processor is not the system's doing.
func searchRate(upTo float64, carried func(float64) bool) float64 {
	low, high := 0.0, upTo
	for range searchSteps {
		if middle := (low + high) / 2; carried(middle) || carried(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}
