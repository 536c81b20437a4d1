#!/bin/bash
# Makes new-word.gif, the picture in docs/start.md: clips of two runs of -Budget 3min that learned pink, a row for each.
# Needs a build, ffmpeg with drawtext, and the font DejaVu Sans. bash docs/images/new-word.sh SLOW FAST, the folders of the runs
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
prompts=('a pink circle moving right' 'a pink square growing' 'a pink triangle moving up' 'a yellow star shrinking')
inputs=() cells='' row=0 cell=0
for run in "$@"; do
  row=$((row + 1))
  for prompt in "${prompts[@]}"; do
    out/tinysora "Invoke-TinySoraGenerate '$prompt' -Checkpoint '$run' -Seed 1 -OutputPath '$work/$cell.gif'" > "$work/log"
    inputs+=(-i "$work/$cell.gif")
    cells+="[$cell:v]scale=128:128:flags=neighbor,pad=196:162:34:8:white,"
    cells+="drawtext=font='DejaVu Sans':text='$prompt':fontsize=12:x=(w-tw)/2:y=143[c$cell];"
    cell=$((cell + 1))
  done
done
places=$(for y in $(seq 0 $((row - 1))); do for x in 0 1 2 3; do printf '%d_%d|' $((196 * x)) $((162 * y)); done; done)
all=$(printf '[c%d]' $(seq 0 $((cell - 1))))
ffmpeg -v error -y "${inputs[@]}" -filter_complex \
  "$cells${all}xstack=inputs=$cell:layout=${places%|},split[a][b];[a]palettegen=max_colors=192:stats_mode=full[p];[b][p]paletteuse=dither=none" \
  docs/images/new-word.gif
