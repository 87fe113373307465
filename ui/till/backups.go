package till

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// FoundBackup is a backup that lies where people keep them.
type FoundBackup struct {
	Path string
	At   time.Time // when it was written
}

// FindBackups looks for backups of an environment, newest first: on sticks and
// other disks, in the user's own folder, desktop and documents, not deeper. A
// backup says nowhere of which environment it is, so only files that have the
// environment in their name are told: live-2026-11-21.ringup. folders, when
// there are any, are looked through instead.
func FindBackups(e Environment, folders ...string) (list []FoundBackup) {
	if len(folders) == 0 {
		folders = backupFolders()
	}
	for _, folder := range folders {
		entries, err := os.ReadDir(folder)
		if err != nil {
			continue
		}
		for _, entry := range entries {
			info, err := entry.Info()
			if err != nil || !info.Mode().IsRegular() || !strings.Contains(strings.ToLower(entry.Name()), string(e)) {
				continue
			}
			if path := filepath.Join(folder, entry.Name()); isBackup(path) {
				list = append(list, FoundBackup{path, info.ModTime()})
			}
		}
	}
	slices.SortFunc(list, func(a, b FoundBackup) int { return b.At.Compare(a.At) })
	return slices.CompactFunc(list, func(a, b FoundBackup) bool { return a.Path == b.Path })
}

func backupFolders() (folders []string) {
	if home, err := os.UserHomeDir(); err == nil {
		folders = append(folders, home, filepath.Join(home, "Desktop"), filepath.Join(home, "Documents"))
	}
	if runtime.GOOS == "windows" {
		for letter := 'D'; letter <= 'Z'; letter++ {
			folders = append(folders, string(letter)+`:\`)
		}
		return folders
	}
	for _, pattern := range []string{"/media/*", "/media/*/*", "/run/media/*/*", "/mnt", "/mnt/*", "/Volumes/*"} {
		found, _ := filepath.Glob(pattern) // the patterns are whole
		folders = append(folders, found...)
	}
	return folders
}
