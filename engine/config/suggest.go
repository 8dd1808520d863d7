package config

import (
	"slices"
	"strings"
)

// unknown is the fault of a key that the schema does not have, with what was probably meant.
func unknown(path []string) *fault {
	table, name := path[:len(path)-1], path[len(path)-1]
	best, distance := "", min(len(name), maxLabel)/3+1
	var elsewhere string
	var siblings []string
	for _, key := range schema {
		parts := key.path
		if last := parts[len(parts)-1]; last == name && elsewhere == "" {
			elsewhere = strings.Join(parts[:len(parts)-1], ".")
		}
		if _, ok := match(parts[:min(len(parts), len(table))], table); !ok || len(parts) <= len(table) {
			continue
		}
		sibling := parts[len(table)]
		if sibling == "*" || slices.Contains(siblings, sibling) {
			continue
		}
		siblings = append(siblings, sibling)
		if n := editDistance(strings.ToLower(name[:min(len(name), maxLabel)]), sibling); n <= distance {
			best, distance = sibling, n-1
		}
	}
	f := &fault{reason: "is not a key of the configuration"}
	switch {
	case best != "":
		f.remedy = "did you mean " + best + "?"
	case elsewhere == routeKey+".*":
		f.remedy = "it belongs below [[" + routeKey + "]]"
	case elsewhere != "":
		f.remedy = "it belongs below [" + elsewhere + "]"
	case len(table) == 0:
		f.remedy = "tables are " + strings.Join(siblings, ", ")
	default:
		f.remedy = "keys here are " + strings.Join(siblings, ", ")
	}
	return f
}

// editDistance is how many letters have to be put in, taken out, replaced or swapped with their neighbour
// to make b of a.
func editDistance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			replace := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, replace)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
