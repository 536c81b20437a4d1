#!/bin/bash
# Makes prompts.gif, the README's picture: predicted x0 after every second of the 12 steps of the bundled model emoji, then its clips, twice.
# Needs a build, ffmpeg with drawtext, and the font DejaVu Sans. bash docs/images/prompts.sh
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
out/tinysora "Import-Csv examples/emoji.csv | Invoke-TinySoraGenerate -Checkpoint emoji -OutputPath '$work' -GuessEvery 1" > "$work/log"

# A picture of guesses has a row for each step: five frames 96 pixels wide, 98 from one to the next, and 143 from row to row.
inputs=() cells='' row=0
while IFS=, read -r prompt _; do
  inputs+=(-loop 1 -framerate 5 -t 3.2 -i "$work/${prompt// /_}.guess-every-1.png")
  cells+="[$row:v]crop=96:96:'14+98*mod(n,5)':'14+143*min(2*n,11)',scale=32:32:flags=neighbor,scale=128:128:flags=neighbor,"
  cells+="pad=180:162:26:8:white,drawtext=font='DejaVu Sans':text='$prompt':fontsize=12:x=(w-tw)/2:y=143[c$row];"
  row=$((row + 1))
done < <(tail -n +2 examples/emoji.csv)
places='0_0|w0_0|w0+w0_0|w0+w0+w0_0|0_h0|w0_h0|w0+w0_h0|w0+w0+w0_h0'
all=$(printf '[c%d]' $(seq 0 $((row - 1))))
ffmpeg -v error -y "${inputs[@]}" -filter_complex \
  "$cells${all}xstack=inputs=$row:layout=$places,split[a][b];[a]palettegen=max_colors=192:stats_mode=full[p];[b][p]paletteuse=dither=none" \
  docs/images/prompts.gif
