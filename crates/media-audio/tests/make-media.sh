#!/bin/sh
# Makes the files in tests/media. Needs sox, flac, lame and ffmpeg; run it in the folder it stands in.
#
# All of them hold one second of the same signal, 16 kHz mono: 0.25 s silence, 0.5 s of a 500 Hz
# tone at half of full scale, 0.25 s silence. Lossy files shift it only if delay or padding of the
# encoder are not removed.
set -eu
out=media
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

sox -R -D -r 16000 -n -c 1 -b 16 "$work/tone.wav" synth 0.5 sine 500 gain -6.02 pad 0.25 0.25
cp "$work/tone.wav" "$out/tone.wav"

encode() { # NAME ffmpeg options
    name=$1
    shift
    ffmpeg -v error -y -i "$work/tone.wav" -map_metadata -1 -fflags +bitexact -flags:a +bitexact \
        "$@" "$out/$name"
}
flac --silent --force --no-padding --output-name="$out/tone.flac" "$work/tone.wav"
encode alac.m4a -c:a alac
encode flac.mkv -c:a flac
encode aac.m4a -c:a aac -b:a 32k
encode fragmented.m4a -c:a aac -b:a 32k -movflags +frag_keyframe+empty_moov -frag_duration 300000
encode aac.mkv -c:a aac -b:a 32k
encode aac.aac -c:a aac -b:a 32k
encode vorbis.ogg -c:a libvorbis -q:a 1
encode vorbis.mkv -c:a libvorbis -q:a 1
encode stereo.ogg -c:a libvorbis -q:a 0 -ac 2 -ar 8000
encode opus.ogg -c:a libopus -b:a 16k
encode adpcm.wav -c:a adpcm_ms
encode stereo.m4a -c:a aac -b:a 32k -ac 2
lame --quiet -V 7 "$work/tone.wav" "$out/tagged.mp3"
lame --quiet -t -V 7 "$work/tone.wav" "$out/untagged.mp3"
ffmpeg -v error -y -f lavfi -i color=black:s=16x16:r=5:d=1 -i "$work/tone.wav" -map_metadata -1 \
    -fflags +bitexact -c:v mpeg4 -c:a aac -b:a 32k "$out/video.mp4"
ffmpeg -v error -y -f lavfi -i color=black:s=16x16:r=5:d=1 -map_metadata -1 -fflags +bitexact \
    -c:v mpeg4 "$out/silent-video.mp4"
ffmpeg -v error -y -f lavfi -i color=red:s=16x16 -frames:v 1 "$out/picture.png"
