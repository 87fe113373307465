#!/bin/sh
# Makes the fonts of this folder that are cut down from larger ones, out of what
# Debian 12 ships:
#
#   apt-get install fonttools fonts-noto-core fonts-nanum
#   assets/fonts/subset.sh
#
# The files that come out are kept with the sources; this is run by hand when a
# font gets more characters or a newer version. The same packages give the same
# bytes.
#
# What goes is what drawing dots never reads: hinting, other scripts' glyphs,
# and tables of tools. What shapes a script (GSUB, GPOS, GDEF) stays.
#
# All are under the SIL Open Font License 1.1, which lets a font be cut down and
# shipped with a program. Noto's fonts reserve no name. Nanum's do ("Nanum" and
# others), so what is made of it must not be called so: it gets a name of its
# own, and keeps its copyright and its licence.
set -eu

here=$(dirname "$0")
noto=/usr/share/fonts/truetype/noto
nanum=/usr/share/fonts/truetype/nanum

# cut FROM TO UNICODES
cut() {
	pyftsubset "$1" --output-file="$here/$2" --unicodes="$3" \
		--no-hinting --drop-tables+=DSIG,FFTM --name-IDs=0,1,2,3,4,5,6,13,14
}

# A space is in all of them, so that words of a script stand as its font has it.
for weight in Regular Bold; do
	cut "$noto/NotoSansThai-$weight.ttf" "NotoSansThai-$weight.ttf" 0020,0E01-0E3A,0E40-0E5B
	cut "$noto/NotoSansHebrew-$weight.ttf" "NotoSansHebrew-$weight.ttf" 0020,0591-05F4
done
cut "$noto/NotoSansLao-Regular.ttf" NotoSansLao-Regular.ttf 0020,0E81-0EDF
cut "$noto/NotoSansArabic-Regular.ttf" NotoSansArabic-Regular.ttf 0020,0600-06FF
cut "$noto/NotoSansDevanagari-Regular.ttf" NotoSansDevanagari-Regular.ttf 0020,0900-097F,200C,200D

# Hangul: all 11,172 syllables, and the letters by themselves. (Nanum's other
# fonts are smaller, and have nothing in three of four syllables.)
cut "$nanum/NanumGothicCoding.ttf" RingupHangul-Regular.ttf 0020,3131-318E,AC00-D7A3
/usr/bin/python3 - "$here/RingupHangul-Regular.ttf" "Ringup Hangul" Regular <<'END'
import sys
from fontTools.ttLib import TTFont

path, family, style = sys.argv[1:]
font = TTFont(path, recalcTimestamp=False)
names = font["name"]
keep = [(n.nameID, str(n)) for n in names.names if n.platformID == 3 and n.langID == 0x409 and n.nameID in (0, 5, 13, 14)]
names.names = []
for number, text in keep:
    names.setName(text, number, 3, 1, 0x409)
for number, text in ((1, family), (2, style), (3, family + " " + style), (4, family + " " + style),
                     (6, (family + "-" + style).replace(" ", ""))):
    names.setName(text, number, 3, 1, 0x409)
names.setName("This Font Software is licensed under the SIL Open Font License, Version 1.1.", 13, 3, 1, 0x409)
names.setName("http://scripts.sil.org/OFL", 14, 3, 1, 0x409)
font.save(path)
END
