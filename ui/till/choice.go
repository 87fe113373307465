package till

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/BurntSushi/toml"
)

// choiceFile stands beside the environments' folders and holds the little that
// must be known before any journal is open.
const choiceFile = "ringup.toml"

type choice struct {
	Environment string `toml:"environment"`
	Language    string `toml:"language"`
}

// environment is Training until something else was chosen.
func (c choice) environment() Environment {
	switch e := Environment(c.Environment); e {
	case Sandbox, Live:
		return e
	}
	return Training
}

// readChoice is the last choice, or the zero choice before the first.
// ErrDamagedSettings when the file is not what writeChoice writes.
func readChoice(data string) (choice, error) {
	var c choice
	path := filepath.Join(data, choiceFile)
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	meta, err := toml.NewDecoder(bytes.NewReader(raw)).Decode(&c)
	switch {
	case err != nil:
		return c, fmt.Errorf("%w: %s: %w", ErrDamagedSettings, path, err)
	case len(meta.Undecoded()) > 0:
		return c, fmt.Errorf("%w: %s: unknown entry %s", ErrDamagedSettings, path, meta.Undecoded()[0])
	}
	switch Environment(c.Environment) {
	case "", Training, Sandbox, Live:
		return c, nil
	}
	return c, fmt.Errorf("%w: %s: no environment is called %q", ErrDamagedSettings, path, c.Environment)
}

// writeChoice replaces the file whole, so that a power cut leaves the old one
// or the new one.
func writeChoice(data string, c choice) error {
	var text bytes.Buffer
	if err := toml.NewEncoder(&text).Encode(c); err != nil {
		return err
	}
	return replaceFile(filepath.Join(data, choiceFile), text.Bytes())
}

// ChooseEnvironment makes an environment the one that opens by default.
func ChooseEnvironment(data string, e Environment) error {
	c, err := readChoice(data)
	if err != nil {
		return err
	}
	c.Environment = string(e)
	return writeChoice(data, c)
}

// ChosenEnvironment is the environment that opens by default.
func ChosenEnvironment(data string) (Environment, error) {
	c, err := readChoice(data)
	return c.environment(), err
}
