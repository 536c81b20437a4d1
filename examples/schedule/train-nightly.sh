#!/bin/sh
# One line that a scheduler may call as often as it likes: it starts the run, continues it, or does nothing, because the run is
# complete, because it is day, or because another call is still training. For cron (crontab.example) and systemd
# (tinysora-training.timer); for Windows see Register-NightlyTraining.ps1.
#
# Settings, all from the environment:
#   TINYSORA          the program                          tinysora
#   TINYSORA_HOME     folder that paths start from         the current one
#   TINYSORA_CONFIG   preset or YAML file                  shapes-small
#   TINYSORA_DATA     folder with the clips                ./training_data
#   TINYSORA_RESULTS  folder for checkpoints               ./saved_models
#   TINYSORA_HOURS    when it may train                    22:00-06:30
#
# Exit code: 0 done or nothing to do, 75 another call is still training, 130 it was asked to stop (a checkpoint is saved),
# 1 a failure. What happened is in summary.json beside the checkpoints: stopped_because, step, loss, checkpoint, error.
set -eu
cd "${TINYSORA_HOME:-.}"
results=${TINYSORA_RESULTS:-./saved_models}

# In place of this shell, so that a request to end reaches the program.
exec "${TINYSORA:-tinysora}" Start-TinySoraTraining -Config "${TINYSORA_CONFIG:-shapes-small}" \
    -DataPath "${TINYSORA_DATA:-./training_data}" -ResultsPath "$results" \
    -Between "${TINYSORA_HOURS:-22:00-06:30}" -SummaryPath "$results/summary.json" "$@"
