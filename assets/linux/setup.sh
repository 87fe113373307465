#!/bin/sh
# Installs the system packages that Ringup is built, run and tested with, and
# nothing when all of them are there already.
#
#   assets/linux/setup.sh run     to build the program and open its window
#   assets/linux/setup.sh test    and to test it and build it for Windows
#   assets/linux/setup.sh compare to time it beside what others have built
#
# Debian and Ubuntu are asked through apt. Where this user may not install, or
# the system has no apt, it says what is missing and ends with 1.
#
# What is there is found by looking for the very header, command or file that a
# build needs, so other systems, and tools put there by hand, count as well.
set -eu

# Each line: package of Debian and Ubuntu, kind of proof, proof.
# A "file" may have several places, with | between them.
needs_to_run='
ca-certificates      file     /etc/ssl/certs/ca-certificates.crt|/etc/pki/tls/certs/ca-bundle.crt|/etc/ssl/cert.pem
gcc                  command  gcc
libc6-dev            header   stdlib.h
pkg-config           command  pkg-config
libgl-dev            header   GL/gl.h
libegl-dev           header   EGL/egl.h
libx11-dev           header   X11/Xlib.h
libxcursor-dev       header   X11/Xcursor/Xcursor.h
libxrandr-dev        header   X11/extensions/Xrandr.h
libxinerama-dev      header   X11/extensions/Xinerama.h
libxi-dev            header   X11/extensions/XInput2.h
libxxf86vm-dev       header   X11/extensions/xf86vmode.h
libwayland-dev       header   wayland-client-core.h
libxkbcommon-dev     header   xkbcommon/xkbcommon.h
libgl1-mesa-dri      file     /usr/lib/*/dri/*_dri.so|/usr/lib64/dri/*_dri.so|/usr/lib/dri/*_dri.so
'
needs_to_test='
xvfb                 command  Xvfb
imagemagick          command  import
xdotool              command  xdotool
openssl              command  openssl
spin                 command  spin
zbar-tools           command  zbarimg
x11-xkb-utils        command  setxkbmap
gcc-mingw-w64-x86-64 command  x86_64-w64-mingw32-gcc
'

needs_to_compare='
nodejs               command  node
npm                  command  npm
'

# have KIND PROOF: whether it is on this system.
have() {
	case $1 in
	command) command -v "$2" >/dev/null ;;
	header) echo "#include <$2>" | gcc -E - >/dev/null 2>&1 ;;
	file)
		# Without quotes, so that the shell looks for each place's files.
		for found in $(echo "$2" | tr '|' ' '); do
			[ -e "$found" ] && return 0
		done
		return 1
		;;
	esac
}

# missing: the packages, of those on standard input, that are not there.
missing() {
	while read -r package kind proof; do
		[ -z "$package" ] || have "$kind" "$proof" || printf '%s ' "$package"
	done
}

case ${1-} in
run) needs=$needs_to_run ;;
test) needs=$needs_to_run$needs_to_test ;;
compare) needs=$needs_to_compare ;;
*)
	echo "usage: $0 run|test|compare" >&2
	exit 2
	;;
esac

if ! command -v go >/dev/null; then
	echo "Ringup is built with Go, and the go command is not on this PATH." >&2
	exit 1
fi

packages=$(echo "$needs" | missing)
[ -n "$packages" ] || exit 0
packages=${packages% }

as_root=
if [ "$(id -u)" -ne 0 ]; then
	as_root=sudo
fi

cannot() {
	echo "System packages are missing that could not be installed here; this installs them:" \
		"${as_root:+sudo }apt-get update && ${as_root:+sudo }apt-get install $packages" >&2
	exit 1
}

command -v apt-get >/dev/null || {
	echo "This system lacks what Debian calls \"$packages\"; please install it under the name it has here." >&2
	exit 1
}
if [ -n "$as_root" ]; then
	command -v sudo >/dev/null || cannot
	[ -t 0 ] || as_root='sudo -n' # nobody is there to type a password
fi

echo "Installing: $packages"
# A list that can't be renewed may still be good enough: installing decides.
$as_root apt-get -qq update || true
# shellcheck disable=SC2086 # each package is a word of its own
$as_root env DEBIAN_FRONTEND=noninteractive \
	apt-get -qq install -y --no-install-recommends $packages </dev/null >/dev/null || cannot
packages=$(echo "$needs" | missing)
[ -z "$packages" ] || cannot
