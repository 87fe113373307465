// Package vault keeps small secrets, such as a till's private keys, in files
// of one folder.
//
// What protects them is the system's file permissions and nothing else: other
// users of the machine can't read them. On unix the folder is 0700 and each
// file 0600, and a file that others may read is refused. On Windows the folder
// has the access list that it inherits, so it belongs into the user's profile,
// which other users can't read. Whoever can act as this user, as the
// administrator, or has the disk or a copy of it in hand can read the secrets:
// they are not encrypted.
package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Errors of Save and Load.
var (
	ErrNone         = errors.New("no such secret")
	ErrName         = errors.New("not a name for a secret")
	ErrOpenToOthers = errors.New("the secret can be read by other users of this machine")
	ErrNotSaved     = errors.New("the secret could not be saved")
)

// Save keeps a secret under a name, in place of an older one of that name. It
// is durable when Save returns; a power cut leaves the old or the new one
// whole.
func Save(dir, name string, secret []byte) (err error) {
	path, err := pathOf(dir, name)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("%w: %w", ErrNotSaved, err)
	}
	f, err := os.CreateTemp(dir, ".new-*") // 0600
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotSaved, err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(secret)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotSaved, err)
	}
	if d, err := os.Open(dir); err == nil { // the name; Windows does it by itself
		_ = d.Sync()
		_ = d.Close()
	}
	return nil
}

// Load is the secret of that name, or ErrNone.
func Load(dir, name string) ([]byte, error) {
	path, err := pathOf(dir, name)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrNone, name)
	}
	if err != nil {
		return nil, fmt.Errorf("secret %s: %w", name, err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%w: %s", ErrOpenToOthers, name)
	}
	secret, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("secret %s: %w", name, err)
	}
	return secret, nil
}

// pathOf allows letters, digits, and . - _ after the first.
func pathOf(dir, name string) (string, error) {
	for i, r := range name {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letter && (i == 0 || r != '.' && r != '-' && r != '_') {
			return "", fmt.Errorf("%w: %q", ErrName, name)
		}
	}
	if name == "" || len(name) > 100 {
		return "", fmt.Errorf("%w: %q", ErrName, name)
	}
	return filepath.Join(dir, name), nil
}
