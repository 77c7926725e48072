#!/bin/sh
# Prints the silence that ffmpeg finds in a file, as JSON.
# usage: silencedetect.sh NOISE SECONDS FILE
set -eu
filter="silencedetect=noise=$1:d=$2"
if ! log=$(ffmpeg -nostdin -hide_banner -nostats -i "$3" -af "$filter" -f null - 2>&1); then
    printf '%s\n' "$log" >&2
    exit 1
fi
printf '%s\n' "$log" | awk '
    BEGIN { printf "{\"metadata\": {\"tool\": \"ffmpeg\"}, \"ranges\": [" }
    sub(/.*silence_start: /, "") { start = $1 }
    sub(/.*silence_end: /, "") {
        printf "%s{\"start\": %s, \"end\": %s, \"label\": \"silence\"}", comma, start, $1
        comma = ", "
    }
    END { print "]}" }
'
