#!/usr/bin/env bash
# Runs the fuzz targets of every package, one after the other, each for
# FUZZTIME (10s), and ends with a table of them; one that finds something
# doesn't keep the others from running. With FUZZTARGETS=N it takes N of them by
# lot. It ends with 1 if any found something or could not run.
#
#   FUZZTIME=1m assets/linux/fuzz.sh
#
# What a target says stands in build/fuzz. An input that fails is written to
# the package's testdata/fuzz, where it stays as a test once it is mended.
set -euo pipefail

time=${FUZZTIME:-10s}
some=${FUZZTARGETS:-0}
tags=(-tags ci)
logs=build/fuzz
mkdir -p "$logs"
failed=0

# Each as its package's folder and its name.
all=$(grep -rHo --include='*_test.go' --exclude-dir=build --exclude-dir=.git '^func Fuzz[A-Za-z0-9_]*' . |
	sed -E 's|^(.*)/[^/]*:func (.*)$|\1 \2|' | sort)
count=$(wc -l <<<"$all")
if ((some > 0)); then
	all=$(shuf -n "$some" <<<"$all")
	echo "By lot, of $count targets: $(awk '{ printf "%s%s %s", sep, $1, $2; sep = ", " }' <<<"$all")"
fi

# figure NAME FILE: the last number that the log has for it.
figure() { grep -o "$1: [0-9]*" "$2" | tail -n 1 | grep -o '[0-9]*$' || echo 0; }

table=
while read -r package target; do
	log=${package#./}
	log=$logs/${log//\//.}.$target.log
	verdict=ok
	if ! go test "${tags[@]}" -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$package" >"$log" 2>&1; then
		# Go's engine sometimes ends so when the time is up in the middle of
		# a run; it has then found nothing.
		if [[ $(grep -A 1 -- '^--- FAIL' "$log" | sed -n '2s/^ *//p') == 'context deadline exceeded' ]]; then
			verdict='ok, cut off'
		else
			verdict=FAILED
			failed=1
			cat "$log" >&2
		fi
	fi
	row=$(printf '%-28s %-32s %12s %10s  %s' "$package" "$target" "$(figure execs "$log")" "$(figure 'new interesting' "$log")" "$verdict")
	echo "$row"
	table+=$row$'\n'
done <<<"$all"

printf '\n%-28s %-32s %12s %10s  %s\n' package target executions 'new inputs' verdict
printf '%s' "$table"
((failed == 0)) || echo 'Fuzzing found something, or a target could not run.' >&2
exit "$failed"
