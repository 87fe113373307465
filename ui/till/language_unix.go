//go:build !windows

package till

import "os"

// systemLanguage is the language of the user's session as POSIX tells it; ""
// when it says nothing or only "C".
func systemLanguage() string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(name); v != "" && v != "C" && v != "POSIX" && v[:1] != "C" {
			return v
		}
	}
	return ""
}
