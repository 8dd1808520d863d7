package engine

import (
	"context"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/disk"
	"github.com/shirou/gopsutil/v4/host"
	"github.com/shirou/gopsutil/v4/load"
	"github.com/shirou/gopsutil/v4/mem"
	"github.com/shirou/gopsutil/v4/process"

	"vns3/status"
)

// historyKept is how many seconds of history a snapshot carries.
const historyKept = 60

// systemSampler looks at machine and process once a second, in a goroutine of its own: the first
// sample of the processor takes 20 ms.
type systemSampler struct {
	dataDir string
	started time.Time
	latest  atomic.Pointer[status.System]
}

func newSystemSampler(dataDir string) *systemSampler {
	s := &systemSampler{dataDir: dataDir, started: time.Now()}
	s.latest.Store(&status.System{CPUs: runtime.NumCPU()})
	return s
}

// sample returns the newest sample.
func (s *systemSampler) sample() status.System {
	latest := *s.latest.Load()
	latest.EngineS = int64(time.Since(s.started).Seconds())
	return latest
}

// run samples until ctx ends. What the machine does not tell stays zero.
func (s *systemSampler) run(ctx context.Context) error {
	self, _ := process.NewProcess(int32(os.Getpid()))
	hostname, _ := os.Hostname()
	kernel, _ := host.KernelVersion()
	history := make([]float64, 0, historyKept)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		now := status.System{Hostname: hostname, Kernel: kernel, CPUs: runtime.NumCPU(), Goroutines: runtime.NumGoroutine()}
		if up, err := host.UptimeWithContext(ctx); err == nil {
			now.UptimeS = int64(up)
		}
		if avg, err := load.AvgWithContext(ctx); err == nil {
			now.Load = [3]float64{avg.Load1, avg.Load5, avg.Load15}
		}
		if all, err := cpu.PercentWithContext(ctx, 0, false); err == nil && len(all) == 1 {
			now.CPUPercent = all[0]
		}
		if m, err := mem.VirtualMemoryWithContext(ctx); err == nil {
			now.MemoryTotal, now.MemoryUsed = m.Total, m.Used
		}
		if d, err := disk.UsageWithContext(ctx, s.dataDir); err == nil {
			now.DiskTotal, now.DiskUsed = d.Total, d.Used
		}
		if self != nil {
			if p, err := self.PercentWithContext(ctx, 0); err == nil {
				now.EngineCPU = p
			}
			if m, err := self.MemoryInfoWithContext(ctx); err == nil {
				now.EngineRSS = m.RSS
			}
		}
		if len(history) == historyKept {
			history = append(history[:0], history[1:]...)
		}
		history = append(history, now.CPUPercent)
		now.CPUHistory = append([]float64(nil), history...)
		s.latest.Store(&now)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}
