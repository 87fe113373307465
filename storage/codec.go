package storage

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	_ "embed"
	"fmt"
	"io"
	"reflect"
	"sync"
	"time"

	"github.com/fxamacker/cbor/v2"

	"ringup/payments"
)

// record is an event as it is hashed and kept: the CBOR array
// [seq, at, sale, kind, body] in core deterministic encoding (RFC 8949,
// section 4.2.1). Times are RFC 3339 texts with nanoseconds and the zone's
// offset, so that what is decoded encodes to the same bytes again.
type record struct {
	_    struct{} `cbor:",toarray"`
	Seq  uint64
	At   time.Time
	Sale string
	Kind payments.Kind
	Body cbor.RawMessage
}

// largestEvent bounds an event's bytes, so that a damaged one can't unpack
// without end.
const largestEvent = 4 << 20

var encoding = func() cbor.EncMode {
	o := cbor.CoreDetEncOptions()
	o.Time = cbor.TimeRFC3339Nano
	m, err := o.EncMode()
	if err != nil {
		panic(err)
	}
	return m
}()

var decoding = func() cbor.DecMode {
	m, err := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		MaxNestedLevels:   16,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField, // else a newer program's words were lost in silence
		UTF8:              cbor.UTF8DecodeInvalid,         // a text from outside must never make an event unreadable
	}.DecMode()
	if err != nil {
		panic(err)
	}
	return m
}()

// encodeEvent is the canonical bytes of e.
func encodeEvent(e payments.Event) ([]byte, error) {
	if e.Body == nil {
		return nil, fmt.Errorf("%w: no body", ErrEvent)
	}
	body, err := encoding.Marshal(e.Body)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEvent, err)
	}
	b, err := encoding.Marshal(record{Seq: e.Seq, At: e.At, Sale: e.Sale, Kind: e.Body.Kind(), Body: body})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEvent, err)
	}
	if len(b) > largestEvent {
		return nil, fmt.Errorf("%w: %d bytes", ErrEvent, len(b))
	}
	return b, nil
}

// decodeEvent reads canonical bytes; Hash is not set.
func decodeEvent(b []byte) (payments.Event, error) {
	var r record
	if err := decoding.Unmarshal(b, &r); err != nil {
		return payments.Event{}, err
	}
	p, ok := payments.NewBody(r.Kind)
	if !ok {
		return payments.Event{}, fmt.Errorf("unknown kind of event %q", r.Kind)
	}
	if err := decoding.Unmarshal(r.Body, p); err != nil {
		return payments.Event{}, fmt.Errorf("%s: %w", r.Kind, err)
	}
	body := reflect.ValueOf(p).Elem().Interface().(payments.Body)
	return payments.Event{Seq: r.Seq, At: r.At, Sale: r.Sale, Body: body}, nil
}

// chain is the hash of an event: SHA-256 over the hash before it and its
// canonical bytes. The first event follows 32 zero bytes.
func chain(previous [32]byte, canonical []byte) [32]byte {
	h := sha256.New()
	h.Write(previous[:])
	h.Write(canonical)
	return [32]byte(h.Sum(nil))
}

// An event is stored as its hash, one byte that says how the rest is packed,
// and the packed canonical bytes.
const (
	packedPlain = 0 // as they are
	packedWords = 1 // DEFLATE (RFC 1951) with the dictionary below
)

// dictionary is one of each common event as canonical bytes, the most common
// ones last. It belongs to the format: it must never change. Other words would
// be a third way of packing.
//
//go:embed dictionary.cbor
var dictionary []byte

// packer packs events; it is not safe for concurrent use.
type packer struct {
	out  bytes.Buffer
	work *flate.Writer
}

func (p *packer) pack(hash [32]byte, canonical []byte) ([]byte, error) {
	if p.work == nil {
		w, err := flate.NewWriterDict(&p.out, flate.DefaultCompression, dictionary)
		if err != nil {
			return nil, err
		}
		p.work = w
	}
	p.out.Reset()
	p.out.Write(hash[:])
	p.out.WriteByte(packedWords)
	p.work.Reset(&p.out)
	if _, err := p.work.Write(canonical); err != nil {
		return nil, err
	}
	if err := p.work.Close(); err != nil {
		return nil, err
	}
	if p.out.Len() > len(hash)+1+len(canonical) {
		return append(append(hash[:], packedPlain), canonical...), nil
	}
	return bytes.Clone(p.out.Bytes()), nil
}

var inflaters = sync.Pool{New: func() any { return flate.NewReaderDict(bytes.NewReader(nil), dictionary) }}

// unpack takes a stored event apart. The hash and the canonical bytes may
// share memory with value.
func unpack(value []byte) (hash [32]byte, canonical []byte, err error) {
	if len(value) < len(hash)+1 {
		return hash, nil, io.ErrUnexpectedEOF
	}
	copy(hash[:], value)
	how, packed := value[len(hash)], value[len(hash)+1:]
	switch how {
	case packedPlain:
		return hash, packed, nil
	case packedWords:
		inflate := inflaters.Get().(io.ReadCloser)
		defer inflaters.Put(inflate)
		if err := inflate.(flate.Resetter).Reset(bytes.NewReader(packed), dictionary); err != nil {
			return hash, nil, err
		}
		canonical, err = io.ReadAll(io.LimitReader(inflate, largestEvent+1))
		if err == nil && len(canonical) > largestEvent {
			err = fmt.Errorf("more than %d bytes", largestEvent)
		}
		return hash, canonical, err
	}
	return hash, nil, fmt.Errorf("packed in an unknown way (%d)", how)
}
