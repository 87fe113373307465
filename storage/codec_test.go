package storage

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"testing"
	"time"

	"go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"ringup/payments"
)

func viewCount(on shelf, n *int) func(tx *bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		*n = 0
		return on.of(tx).ForEach(func(_, _ []byte) error { *n++; return nil })
	}
}

var kinds = []payments.Kind{payments.KindStarted, payments.KindClock, payments.KindSaleOpened, payments.KindAttemptBegun,
	payments.KindAttemptChanged, payments.KindRefundBegun, payments.KindRefundChanged, payments.KindDecided,
	payments.KindAlarmed, payments.KindNote}

// fill draws a value for every field below v, whatever fields there are.
func fill(t *rapid.T, v reflect.Value) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(drawTime(t)))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes(rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "bytes"))
			return
		}
		n := rapid.IntRange(0, 2).Draw(t, "n")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(t, v.Index(i))
		}
	case reflect.String:
		v.SetString(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "SUCCESS", "2026-11-21", "\xff"})).Draw(t, "text"))
	case reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "number"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	default:
		panic("a field of a kind that the test can't fill: " + v.Type().String())
	}
}

func drawTime(t *rapid.T) time.Time {
	if rapid.IntRange(0, 4).Draw(t, "no time") == 0 {
		return time.Time{}
	}
	zone := time.FixedZone("", rapid.IntRange(-14*60, 14*60).Draw(t, "zone")*60)
	return time.Unix(rapid.Int64Range(-62e9, 250e9).Draw(t, "seconds"), rapid.Int64Range(0, 999999999).Draw(t, "nanoseconds")).In(zone)
}

func drawEvent(t *rapid.T) payments.Event {
	p, ok := payments.NewBody(rapid.SampledFrom(kinds).Draw(t, "kind"))
	if !ok {
		t.Fatal("a kind that payments doesn't know")
	}
	body := reflect.ValueOf(p).Elem()
	fill(t, body)
	return payments.Event{Seq: rapid.Uint64().Draw(t, "seq"), At: drawTime(t), Sale: rapid.String().Draw(t, "sale"),
		Body: body.Interface().(payments.Body)}
}

func TestEveryEventComesBackAsItWas(t *testing.T) {
	var p packer
	rapid.Check(t, func(t *rapid.T) {
		e := drawEvent(t)
		canonical, err := encodeEvent(e)
		if err != nil {
			t.Fatal(err)
		}
		back, err := decodeEvent(canonical)
		if err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
		if !same(reflect.ValueOf(e.Body), reflect.ValueOf(back.Body)) || back.Seq != e.Seq || back.Sale != e.Sale ||
			!same(reflect.ValueOf(e.At), reflect.ValueOf(back.At)) {
			t.Fatalf("\n%+v came back as\n%+v", e, back)
		}
		if again, err := encodeEvent(back); err != nil || !bytes.Equal(again, canonical) {
			t.Fatalf("%+v encodes differently the second time, %v", e, err)
		}
		hash := chain([32]byte{1}, canonical)
		value, err := p.pack(hash, canonical)
		if err != nil {
			t.Fatal(err)
		}
		h, c, err := unpack(value)
		if err != nil || h != hash || !bytes.Equal(c, canonical) {
			t.Fatalf("unpacked %x, %v, want %x", c, err, canonical)
		}
	})
}

// same compares two values: times by the moment and the wall clock, empty
// lists as equal to none.
func same(a, b reflect.Value) bool {
	if a.Type() != b.Type() {
		return false
	}
	if x, ok := a.Interface().(time.Time); ok {
		y := b.Interface().(time.Time)
		const wall = "2006-01-02T15:04:05.999999999-07:00"
		return x.Equal(y) && (x.IsZero() || x.Format(wall) == y.Format(wall))
	}
	switch a.Kind() {
	case reflect.Struct:
		for i := range a.NumField() {
			if !same(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	case reflect.Slice:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !same(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	}
	return a.Equal(b)
}

// The dictionary is a part of format 1: another one could not read the
// journals that shops have.
func TestTheDictionaryNeverChanges(t *testing.T) {
	const frozen = "77419164ddc8bd28dcb8b5d4d9ce83f273c7221bea1f748d6589b33e029933e3"
	if sum := fmt.Sprintf("%x", sha256.Sum256(dictionary)); sum != frozen {
		t.Fatalf("the dictionary is %s, not %s", sum, frozen)
	}
}

// A stored event of format 1, as a shop may have it: it must be readable for
// ever, and its hash must never come out differently.
func TestAnOldEventIsReadable(t *testing.T) {
	const stored = "ceb561c17173598a14b8943475ace8e23c2957d29087a626e21399f0ef34a3c0016a65420d18232b03032b03033db8976001" +
		"535559515e56525c545890979b9d95919e969a929c946869616e863b1511d043592a2a348d740d37f3318af235717102c722" +
		"3c31412b670ea2bcc689a1ca108b2a6862926210bad60e080000ffff"
	value, err := hex.DecodeString(stored)
	if err != nil {
		t.Fatal(err)
	}
	e, err := checkedEvent(2, [32]byte{}, value)
	if err != nil {
		t.Fatal(err)
	}
	want := aSale(0).Events[1]
	if e.Sale != want.Sale || !e.At.Equal(want.At) || !same(reflect.ValueOf(e.Body), reflect.ValueOf(want.Body)) {
		t.Fatalf("got %+v, want %+v", e, want)
	}
}
