package till

import "golang.org/x/sys/windows"

// systemLanguage is the language in which Windows shows itself to the user.
func systemLanguage() string {
	tags, err := windows.GetUserPreferredUILanguages(windows.MUI_LANGUAGE_NAME)
	if err != nil || len(tags) == 0 {
		return ""
	}
	return tags[0]
}
