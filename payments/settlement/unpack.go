package settlement

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

// Limits of what is unpacked when the caller says nothing.
const (
	defaultUnpacked = 2 << 30
	defaultPacked   = 64 << 20
)

// unpack gives the bytes of the one file in r, which may be plain, gzip or
// zip, told by its first bytes. At most packed bytes of a zip are kept in
// memory, and none when r can be read at any place; at most unpacked bytes
// come out. taken counts what was read of r.
func unpack(r io.Reader, packed, unpacked int64, taken *atomic.Int64) (io.Reader, error) {
	source := r
	buffered := bufio.NewReaderSize(&counting{r: r, n: taken}, 64<<10)
	magic, err := buffered.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read: %w", err)
	}
	var plain io.Reader = buffered
	switch {
	case bytes.HasPrefix(magic, []byte("\x1f\x8b")):
		unzipped, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrArchive, err)
		}
		plain = &telling{unzipped}
	case bytes.HasPrefix(magic, []byte("PK\x03\x04")), bytes.HasPrefix(magic, []byte("PK\x05\x06")):
		file, err := onlyFile(source, buffered, packed, taken)
		if err != nil {
			return nil, err
		}
		plain = &telling{file}
	}
	return &limited{r: plain, left: unpacked}, nil
}

// onlyFile opens the one file of a zip.
func onlyFile(source io.Reader, buffered io.Reader, packed int64, taken *atomic.Int64) (io.Reader, error) {
	var at io.ReaderAt
	var size int64
	if file, ok := source.(interface {
		io.ReaderAt
		io.Seeker
	}); ok {
		end, err := file.Seek(0, io.SeekEnd)
		if err != nil {
			return nil, fmt.Errorf("read: %w", err)
		}
		taken.Store(0)
		at, size = &countingAt{r: file, n: taken}, end
	} else {
		whole, err := io.ReadAll(io.LimitReader(buffered, packed+1))
		if err != nil {
			return nil, fmt.Errorf("read: %w", err)
		}
		if int64(len(whole)) > packed {
			return nil, ErrTooBig
		}
		at, size = bytes.NewReader(whole), int64(len(whole))
	}
	archive, err := zip.NewReader(at, size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrArchive, err)
	}
	var only *zip.File
	for _, f := range archive.File {
		if f.FileInfo().IsDir() {
			continue
		}
		if only != nil || !f.FileInfo().Mode().IsRegular() {
			return nil, fmt.Errorf("%w: %d entries", ErrArchive, len(archive.File))
		}
		only = f
	}
	const encrypted = 1 // APPNOTE.TXT 4.4.4, general purpose bit 0
	if only == nil || only.Flags&encrypted != 0 {
		return nil, fmt.Errorf("%w: empty or encrypted", ErrArchive)
	}
	file, err := only.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrArchive, err)
	}
	return file, nil
}

// telling makes what unpacking stumbles over an error that is known here: cut
// short, or broken.
type telling struct{ r io.Reader }

func (t *telling) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	switch {
	case err == nil || errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return n, err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return n, fmt.Errorf("%w: %w", ErrIncomplete, err)
	}
	return n, fmt.Errorf("%w: %w", ErrArchive, err)
}

// limited ends with ErrTooBig where io.LimitReader would feign the end.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, ErrTooBig
	}
	return n, err
}

type counting struct {
	r io.Reader
	n *atomic.Int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

type countingAt struct {
	r io.ReaderAt
	n *atomic.Int64
}

func (c *countingAt) ReadAt(p []byte, at int64) (int, error) {
	n, err := c.r.ReadAt(p, at)
	c.n.Add(int64(n))
	return n, err
}
