package control

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Bounds of the lifetime of an API token.
const (
	MinLifetime = time.Minute
	MaxLifetime = 365 * 24 * time.Hour
)

var (
	lifetime = regexp.MustCompile(`^(\d{1,9}) ?(m|min|minutes?|h|hours?|d|days?|w|weeks?|y|years?)$`)
	units    = map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour, 'y': MaxLifetime}
)

// ParseLifetime reads the lifetime of an API token as people write it: 30m, 12 hours, 30d, 1y, 1h30m.
func ParseLifetime(s string) (time.Duration, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	span, err := time.ParseDuration(s)
	if m := lifetime.FindStringSubmatch(s); m != nil {
		n, _ := strconv.Atoi(m[1]) // nine digits at most
		if unit := units[m[2][0]]; n > int(MaxLifetime/unit) {
			span, err = MaxLifetime+1, nil
		} else {
			span, err = time.Duration(n)*unit, nil
		}
	}
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q is no lifetime: write it like 30m, 12h, 30d or 1y", s)
	case span < MinLifetime || span > MaxLifetime:
		return 0, fmt.Errorf("a token lives from one minute to one year, not %s", s)
	}
	return span, nil
}
