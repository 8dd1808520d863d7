package config

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tables are the tables of the file in their order, each with what it is about.
var tables = []struct{ name, about string }{
	{"controller", "This controller."},
	{peeringTable, "One row for each controller of the topology; exactly one says \"this instance\"."},
	{"tunnels", "Tunnels to the other controllers."},
	{"health", "When a link is judged."},
	{"overlay", "This host's own part in the overlay."},
	{"clients", "Client servers."},
	{"api", "API and keyset fetch."},
	{"license", "Licenses."},
	{routeKey, "Routes of this controller, one [[route]] for each."},
	{"log", "The log of a headless engine."},
	{"console", "The console."},
}

// keysOf are the keys of a table, in order.
func keysOf(table string) []Key {
	var keys []Key
	for _, key := range schema {
		if key.path[0] == table {
			keys = append(keys, key)
		}
	}
	return keys
}

// local is the name of the key below its table: "peer_mtu.ID".
func (k Key) local() string { return strings.SplitN(k.Name, ".", 2)[1] }

// Reference is the reference of the configuration as Markdown: every key with type, default and meaning.
func Reference() string {
	var b strings.Builder
	for _, table := range tables {
		heading := "[" + table.name + "]"
		if table.name == routeKey {
			heading = "[" + heading + "]"
		}
		fmt.Fprintf(&b, "## `%s`\n\n%s\n\n| key | type | default | meaning |\n|---|---|---|---|\n", heading, table.about)
		for _, key := range keysOf(table.name) {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", key.local(), cell(key.Type), code(key.Default), cell(key.about()))
		}
		b.WriteString("\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// about is the meaning with what else is to be known, as sentences.
func (k Key) about() string {
	first, size := utf8.DecodeRuneInString(k.Meaning)
	about := string(unicode.ToUpper(first)) + k.Meaning[size:] + "."
	if k.Restart {
		about += " Takes effect with the next start."
	}
	return about
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + cell(s) + "`"
}

// ExampleFile is vns3.toml.example: every key with its default, those without one as comments.
func ExampleFile() string {
	var b strings.Builder
	b.WriteString("# vns3.toml: the configuration of one controller. Every key stands here with its default;\n" +
		"# keys without a default are comments with an example. A file may leave out any of them.\n")
	for _, table := range tables {
		heading, comment := "["+table.name+"]", ""
		if table.name == routeKey {
			heading, comment = "["+heading+"]", "#"
		}
		fmt.Fprintf(&b, "\n# %s\n%s%s\n", table.about, comment, heading)
		for _, key := range keysOf(table.name) {
			writeWrapped(&b, key.about())
			if value := key.Default; value != "" && comment == "" {
				fmt.Fprintf(&b, "%s = %s\n", key.exampleName(), value)
			} else {
				fmt.Fprintf(&b, "#%s = %s\n", key.exampleName(), key.Example)
			}
		}
	}
	return b.String()
}

// exampleName is the local name with a member in place of the family.
func (k Key) exampleName() string {
	switch k.Name {
	case "peering.ID":
		return "1"
	case "tunnels.peer_mtu.ID":
		return "peer_mtu.3"
	case "console.keys.ACTION":
		return "keys.quit"
	}
	return k.local()
}

const commentWidth = 100

// writeWrapped writes text as comment lines.
func writeWrapped(b *strings.Builder, text string) {
	line := "#"
	for _, word := range strings.Fields(text) {
		if len([]rune(line))+1+len([]rune(word)) > commentWidth {
			b.WriteString(line + "\n")
			line = "#"
		}
		line += " " + word
	}
	b.WriteString(line + "\n")
}
