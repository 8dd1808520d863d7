package api

import "time"

// stamp is how the API writes a time where its description says string: UTC, microseconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000000+00:00") }

// stampOrEmpty is stamp, but nothing for a time that never was.
func stampOrEmpty(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return stamp(t)
}

// unixOrZero is seconds since 1970, 0 for a time that never was.
func unixOrZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
