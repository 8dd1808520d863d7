package status

import "strings"

// Matches says that each word of words occurs in text, in any case: what a filter means, in the console and
// in commands.
func Matches(words, text string) bool {
	text = strings.ToLower(text)
	for word := range strings.FieldsSeq(strings.ToLower(words)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}
