package alipay

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"time"
)

// Alipay documents every plain value as a JSON string, but numbers and
// booleans also travel as literals, and times come in several spellings. The
// three types below read all of them and write the documented one.

// Errors of reading values from the wire.
var (
	ErrNotText = errors.New("neither text, number nor boolean")
	ErrNotFlag = errors.New("neither true nor false")
	ErrNotTime = errors.New("not a time")
)

// Text is a value that may come as a JSON string, number or boolean; a literal
// is kept as it was spelled, null is "". It is written as a string.
type Text string

// UnmarshalJSON reads a Text; ErrNotText for an object or a list.
func (t *Text) UnmarshalJSON(raw []byte) error {
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) == 0 || raw[0] == '{' || raw[0] == '[':
		return ErrNotText
	case raw[0] == '"':
		return json.Unmarshal(raw, (*string)(t))
	case string(raw) == "null":
		*t = ""
	default:
		*t = Text(raw)
	}
	return nil
}

// Flag is a boolean that may come as true or "true". It is written as a
// literal.
type Flag bool

// UnmarshalJSON reads a Flag; ErrNotFlag for anything but a spelling of true
// and false. null and "" are false.
func (f *Flag) UnmarshalJSON(raw []byte) error {
	var t Text
	if err := t.UnmarshalJSON(raw); err != nil {
		return ErrNotFlag
	}
	switch string(bytes.ToLower([]byte(t))) {
	case "true":
		*f = true
	case "false", "":
		*f = false
	default:
		return ErrNotFlag
	}
	return nil
}

// Time is a moment as the wire spells it; see ParseTime. It is kept as text,
// so that an odd spelling never makes a whole answer unreadable.
type Time string

// TimeOf is t on the wire, to the second with its offset:
// "2026-11-21T10:00:00+08:00". The zero time is "".
func TimeOf(t time.Time) Time {
	if t.IsZero() {
		return ""
	}
	return Time(t.Format(time.RFC3339))
}

// UnmarshalJSON reads a Time from a string or a number.
func (t *Time) UnmarshalJSON(raw []byte) error { return (*Text)(t).UnmarshalJSON(raw) }

// Time is the moment, or the zero time for what ParseTime can't read.
func (t Time) Time() time.Time {
	at, err := ParseTime(string(t))
	if err != nil {
		return time.Time{}
	}
	return at
}

// timeLayouts are the spellings seen in Antom's documents: ISO 8601 with T or
// a space, with a zone always. Fractions are read with each of them.
var timeLayouts = []string{
	"2006-01-02T15:04:05Z07:00",
	"2006-01-02 15:04:05Z07:00",
	"2006-01-02T15:04:05Z0700",
	"2006-01-02 15:04:05Z0700",
}

// ParseTime reads a time of the wire: ISO 8601 to the second with a zone, T or
// a space in the middle, with or without a fraction; or milliseconds since
// 1970 as 13 digits, which is how Request-Time is spelled. ErrNotTime for all
// else: a time without a zone is nobody's time.
func ParseTime(text string) (time.Time, error) {
	if len(text) == 13 {
		if ms, err := strconv.ParseUint(text, 10, 63); err == nil {
			return time.UnixMilli(int64(ms)), nil
		}
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, ErrNotTime
}

// RequestTime is t as the Request-Time header spells it: milliseconds since
// 1970.
func RequestTime(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
