#!/bin/sh
# A job of Slurm: `sbatch train-slurm.sh` starts a run, continues it, or does nothing. Two minutes before its time is up, and with scancel, it
# saves and ends; submitted again it goes on. Words after the script's name are further parameters of Start-TinySoraTraining.
#
#SBATCH --job-name=tinysora
#SBATCH --time=08:00:00
#SBATCH --signal=B:TERM@120
#
# Settings, all from the environment; PSModulePath, too, where the module is a build of your own:
export TINYSORA_CONFIG="${TINYSORA_CONFIG:-shapes-small}"          # preset or YAML file
export TINYSORA_DATA="${TINYSORA_DATA:-./training_data}"           # folder with the clips
export TINYSORA_RESULTS="${TINYSORA_RESULTS:-./runs/$(basename "$TINYSORA_CONFIG" .yaml)}"   # folder for checkpoints
set -eu

# Slurm asks this shell to end, and kills what it has started as soon as it has. So it stays, and hands the request on. What is to be done
# after the training can follow; where nothing does, one line with exec in place of all that is here is enough.
pwsh -NoProfile -NonInteractive -Command "Import-Module TinySora -ErrorAction Stop;
    Start-TinySoraTraining -Config \$env:TINYSORA_CONFIG -DataPath \$env:TINYSORA_DATA -ResultsPath \$env:TINYSORA_RESULTS $*" &
training=$!
trap 'kill -TERM "$training"' TERM INT

# A signal interrupts the first wait. The exit code is PowerShell's: 143 where it was asked to end and has saved.
code=0
wait "$training" || code=$?
while kill -0 "$training" 2>/dev/null; do
    code=0
    wait "$training" || code=$?
done
exit "$code"
