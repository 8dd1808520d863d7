package api

import (
	"strconv"
	"time"

	"vns3/status"
)

// systemStatus is GET /status/system.
type systemStatus struct {
	Timestamp       string          `json:"timestamp"`
	TimestampI      int64           `json:"timestamp_i"`
	Version         string          `json:"vns3_version"`
	KernelVersion   string          `json:"kernel_version"`
	Uptime          int64           `json:"uptime"`
	LoadAvg         []string        `json:"loadavg"`
	DiskInfo        [][]string      `json:"diskinfo"`
	MemInfo         []string        `json:"meminfo"`
	SwapInfo        []string        `json:"swapinfo"`
	ContainerSystem containerSystem `json:"container_system"`
	Data            systemData      `json:"data"`
}

// containerSystem is always off: vns3 runs no containers.
type containerSystem struct {
	Running          bool   `json:"container_system_running"`
	ImagesLimit      int    `json:"images_limit"`
	ImagesStored     int    `json:"images_stored"`
	ContainersLimit  int    `json:"containers_limit"`
	ContainersActive int    `json:"containers_active"`
	ContainerNetwork string `json:"container_network"`
}

type systemData struct {
	Sysstat [][]string `json:"sysstat"`
}

func getSystem(c *call) (any, error) {
	return systemOf(c.snap, c.o.Now().Unix()), nil
}

// systemOf makes GET /status/system. Sizes are in MiB, as df -m and free -m print them: diskinfo
// [[file system, size, used, available, use]], meminfo [total, used, free], swapinfo the same.
func systemOf(snap *status.Snapshot, now int64) systemStatus {
	sys := snap.System
	host := sys.Hostname
	at := strconv.FormatInt(now, 10)
	return systemStatus{
		Timestamp: stamp(time.Unix(now, 0)), TimestampI: now,
		Version:       productVersion(snap.Controller.Version),
		KernelVersion: sys.Kernel,
		Uptime:        sys.UptimeS,
		LoadAvg:       []string{decimal(sys.Load[0]), decimal(sys.Load[1]), decimal(sys.Load[2])},
		DiskInfo: [][]string{
			{"Filesystem", "1M-blocks", "Used", "Available", "Use%"},
			{snap.Controller.DataDir, mebibytes(sys.DiskTotal), mebibytes(sys.DiskUsed), mebibytes(less(sys.DiskTotal, sys.DiskUsed)), percent(sys.DiskUsed, sys.DiskTotal)},
		},
		MemInfo:  []string{mebibytes(sys.MemoryTotal), mebibytes(sys.MemoryUsed), mebibytes(less(sys.MemoryTotal, sys.MemoryUsed))},
		SwapInfo: []string{"0", "0", "0"},
		Data: systemData{Sysstat: [][]string{
			{host, "1", at, "all", "%busy", decimal(sys.CPUPercent)},
			{host, "1", at, "vns3", "%cpu", decimal(sys.EngineCPU)},
		}},
	}
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) }

func mebibytes(n uint64) string { return strconv.FormatUint(n>>20, 10) }

func less(a, b uint64) uint64 { return a - min(a, b) }

func percent(part, whole uint64) string {
	if whole == 0 {
		return "0%"
	}
	return strconv.FormatUint(part*100/whole, 10) + "%"
}
