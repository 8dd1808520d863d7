package page

import (
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"
)

// layouts are the commonest non-Latin layouts, each letter above the one that stands on its key. Most
// terminals, and tmux, tell only the letter.
var layouts = letters(
	"йцукенгшщзхъфывапролджэячсмитьбюіїєў", // Russian, Ukrainian; of Belarusian all but і
	"qwertyuiop[]asdfghjkl;'zxcvbnm,.s]'o",
	"ςερτυθιοπασδφγηξκλζχψωβνμ", // Greek
	"wertyuiopasdfghjklzxcvbnm",
	"קראטוןםפשדגכעיחלךףזסבהנמצתץ", // Hebrew
	"ertyuiopasdfghjkl;zxcvbnm,.",
	"ضصثقفغعهخحجدشسيبلاتنمكطئءؤرىةوزظ", // Arabic
	"qwertyuiop[]asdfghjkl;'zxcvnm,./",
)

func letters(pairs ...string) map[rune]rune {
	all := map[rune]rune{}
	for i := 0; i < len(pairs); i += 2 {
		latin := []rune(pairs[i+1])
		for j, r := range []rune(pairs[i]) {
			all[r] = latin[j]
		}
	}
	return all
}

// Latin gives a key of a non-Latin layout the letter that stands on it, as the terminal tells it, else
// by the layouts known here. It is for keys that are commands, not for text.
func Latin(k tea.KeyPressMsg) tea.KeyPressMsg {
	if k.Text == "" || k.Code <= unicode.MaxASCII {
		return k
	}
	base := standing(k, []rune(k.Text)[0])
	if base == 0 {
		return k
	}
	letter := base
	if k.Mod.Contains(tea.ModShift) || strings.ToLower(k.Text) != k.Text {
		letter = unicode.ToUpper(base)
	}
	return tea.KeyPressMsg{Code: base, Text: string(letter), Mod: k.Mod}
}

// standing is the Latin letter on the key that writes r; 0: not known. The wide letters of a Japanese
// input method stand on their own keys.
func standing(k tea.KeyPressMsg, r rune) rune {
	switch {
	case k.BaseCode > unicode.MaxASCII:
		return 0
	case k.BaseCode != 0:
		return k.BaseCode
	case '！' <= r && r <= '～':
		return r - '！' + '!'
	}
	return layouts[unicode.ToLower(r)]
}

// Held is a key that is pressed together with ctrl or alt, and so never text, under its Latin letter:
// that of a non-Latin layout by where it stands, that of a Latin one as it is, wherever it stands.
func Held(k tea.KeyPressMsg) tea.KeyPressMsg {
	if k.Text != "" || k.Code > unicode.MaxRune {
		return k
	}
	if base := standing(k, k.Code); base != 0 && k.Code > unicode.MaxASCII {
		k.Code = base
	}
	k.BaseCode = 0
	return k
}
