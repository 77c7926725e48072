#!/bin/sh
# Makes the clips in ../samples and samples.json, which tells where their pauses are. Needs
# espeak-ng, sox and lame; run it in the folder it stands in.
#
# Each clip is phrases of synthetic speech, cut at -40 dBFS at both ends, with pauses of known
# length between them. Within a phrase espeak-ng makes no pause of 0.2 s or more.
set -eu
out=../samples
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"
rm -f "$out"/*

# Phrase NUMBER of a clip, in TEXT by VOICE at WORDS a minute.
say() { # number voice words text
    espeak-ng -v "$2" -s "$3" -w "$work/raw.wav" "$4"
    # Trim silence from the front, then, backwards, from the end.
    sox -R -D "$work/raw.wav" -r "$rate" -c 1 -b 16 "$work/phrase$1.wav" \
        gain -n -3 silence 1 1s 1% reverse silence 1 1s 1% reverse
}

# Joins phrases and pauses (in milliseconds) into $work/clip.wav and notes where the pauses are.
join() { # phrase or pause...
    position=0
    pauses=
    : >"$work/parts"
    for part; do
        case $part in
        phrase*)
            length=$(soxi -s "$work/$part.wav")
            echo "$work/$part.wav" >>"$work/parts"
            ;;
        *)
            length=$((part * rate / 1000))
            sox -R -D -r "$rate" -n -c 1 -b 16 "$work/pause$part.wav" trim 0 "${length}s"
            echo "$work/pause$part.wav" >>"$work/parts"
            pauses="$pauses $position $((position + length))"
            ;;
        esac
        position=$((position + length))
    done
    # shellcheck disable=SC2046 # one word a file: the names are ours
    sox -R -D $(cat "$work/parts") "$work/clip.wav"
}

note() { # name
    echo "$pauses" | awk -v name="$1" -v rate="$rate" -v frames="$position" '{
        printf("  \"%s\": {\n    \"duration\": %.6f,\n    \"pauses\": [", name, frames / rate)
        for (i = 1; i < NF; i += 2)
            printf("%s[%.6f, %.6f]", (i > 1 ? ", " : ""), $i / rate, $(i + 1) / rate)
        printf "]\n  }"
    }' >>"$work/notes"
}

: >"$work/notes"

rate=16000
say 1 en-gb 170 'The archive opens at nine'
say 2 en-gb 170 'bring your card'
join 400 phrase1 300 phrase2 800
cp "$work/clip.wav" "$out/archive.wav"
note archive.wav
echo ',' >>"$work/notes"

rate=16000
say 1 en-us+f3 160 'Good morning'
say 2 en-us+f3 160 'today we listen to the rain'
say 3 en-us+f3 160 'it has been a long winter'
join 700 phrase1 550 phrase2 450 phrase3 600
# A noise floor of -60 dBFS, so that the pauses are not digital silence.
sox -R -D -r "$rate" -n -c 1 -b 16 "$work/noise.wav" synth "${position}s" whitenoise gain -55.2
sox -R -D -m -v 1 "$work/clip.wav" -v 1 "$work/noise.wav" "$work/mixed.wav"
sox -R -D "$work/mixed.wav" -b 16 "$out/rain.flac"
note rain.flac
echo ',' >>"$work/notes"

rate=22050
say 1 de 150 'Der Zug nach Hamburg'
say 2 de 150 'wartet heute auf Gleis sieben'
say 3 de 150 'wir bitten um Geduld'
join phrase1 250 phrase2 2000 phrase3 600
lame --quiet -m m -b 64 "$work/clip.wav" "$out/station.mp3"
note station.mp3

{
    echo '{'
    cat "$work/notes"
    printf '\n}\n'
} >samples.json
