#!/bin/sh
# A job of Slurm: `sbatch train-slurm.sh` starts a run, continues it, or does nothing. Two minutes before its time is up, and with scancel, it
# saves and ends; submitted again it goes on.
#
#SBATCH --job-name=tinysora
#SBATCH --time=08:00:00
#SBATCH --signal=B:TERM@120
#
# Settings, all from the environment:
#   TINYSORA          the program                          tinysora
#   TINYSORA_CONFIG   preset or YAML file                  shapes-small
#   TINYSORA_DATA     folder with the clips                ./training_data
#   TINYSORA_RESULTS  folder for checkpoints               ./saved_models
#
# Exit code: that of the program, see docs/scheduling.md; 130 where it was asked to end and has saved.
set -eu

# Slurm asks this shell to end, and kills what it has started as soon as it has. So it stays, and hands the request on. What is to be done
# after the training can follow; where nothing does, one line with exec in place of all that is here is enough.
"${TINYSORA:-tinysora}" Start-TinySoraTraining -Config "${TINYSORA_CONFIG:-shapes-small}" \
    -DataPath "${TINYSORA_DATA:-./training_data}" -ResultsPath "${TINYSORA_RESULTS:-./saved_models}" "$@" &
training=$!
trap 'kill -TERM "$training"' TERM INT

# A signal interrupts the first wait.
code=0
wait "$training" || code=$?
while kill -0 "$training" 2>/dev/null; do
    code=0
    wait "$training" || code=$?
done
exit "$code"
