#!/bin/sh
# Slurm job: `sbatch train-slurm.sh` starts or resumes a run. The run saves and ends two minutes before the job's time limit, or on scancel. Submit the job
# again to resume. Arguments after the script's name are passed to Start-TinySoraTraining.
#
#SBATCH --job-name=tinysora
#SBATCH --time=08:00:00
#SBATCH --signal=B:TERM@120
#
# Settings come from the environment. For your own build of the module, set PSModulePath as well.
export TINYSORA_CONFIG="${TINYSORA_CONFIG:-shapes-small}"          # preset or YAML file
export TINYSORA_DATA="${TINYSORA_DATA:-./training_data}"           # folder with the clips
export TINYSORA_RESULTS="${TINYSORA_RESULTS:-./runs/$(basename "$TINYSORA_CONFIG" .yaml)}"   # folder for checkpoints
set -eu

# Slurm sends SIGTERM to this shell only, and kills its children as soon as the shell ends. So the shell passes the signal on and waits. You can add
# commands after the training; without any, a single line with exec does the same as the rest of this file.
pwsh -NoProfile -NonInteractive -Command "Import-Module TinySora -ErrorAction Stop;
    Start-TinySoraTraining -Config \$env:TINYSORA_CONFIG -DataPath \$env:TINYSORA_DATA -ResultsPath \$env:TINYSORA_RESULTS $*" &
training=$!
trap 'kill -TERM "$training"' TERM INT

# A signal interrupts the first wait. The exit code is PowerShell's: 143 if it was stopped by the signal and has saved.
code=0
wait "$training" || code=$?
while kill -0 "$training" 2>/dev/null; do
    code=0
    wait "$training" || code=$?
done
exit "$code"
