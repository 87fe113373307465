package printer

import (
	"net/url"
	"strings"
)

// usbDevice is a USB device by what it says of itself: maker and product as
// "04b8:0e15", and its serial number if it has one.
type usbDevice struct{ id, serial string }

// usbID reads the two ids of a USB device, four hexadecimal digits each.
func usbID(text string) (string, bool) {
	maker, product, ok := strings.Cut(strings.ToLower(text), ":")
	return maker + ":" + product, ok && isHex4(maker) && isHex4(product)
}

func isHex4(text string) bool {
	return len(text) == 4 && strings.Trim(text, "0123456789abcdef") == ""
}

// is tells whether a device that was found is the one that is meant.
func (d usbDevice) is(found usbDevice) bool {
	return d.id == found.id && (d.serial == "" || d.serial == found.serial)
}

// options are those of a link that means this device.
func (d usbDevice) options() string {
	if d.id == "" {
		return ""
	}
	text := "?id=" + d.id
	if d.serial != "" {
		text += "&serial=" + url.QueryEscape(d.serial)
	}
	return text
}
