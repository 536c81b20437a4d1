#Requires -Version 7.6

<#
.SYNOPSIS
Starts or resumes a training run at night. A scheduler can call it at any time and as often as it likes.
.DESCRIPTION
For cron (crontab.example), systemd (tinysora-training.timer) and Windows Task Scheduler (Register-NightlyTraining.ps1). The exit code is 1 for failures and
0 otherwise, including if the run is complete, if it is day, or if another call is still training. summary.json next to the checkpoints records the outcome:
stopped_because, step, loss, checkpoint, error. All other parameters are passed to Start-TinySoraTraining.
.EXAMPLE
pwsh -File ./Train-Nightly.ps1 -DataPath D:\videos\training_data -ResultsPath D:\videos\run -SystemLog
.EXAMPLE
pwsh -File ./Train-Nightly.ps1 -Config films -Processes 2
#>
param(
    [string] $Config = 'shapes-small',
    [string] $DataPath = './training_data',
    [string] $ResultsPath = "./runs/$([IO.Path]::GetFileNameWithoutExtension($Config))",
    [string] $Hours = '22:00-06:30',
    # Writes the events that -NotifyUri can post to the system log. On Windows, this is the event log (Register-NightlyTraining.ps1 -SystemLog creates the
    # event source); on other systems, this is syslog, and therefore the systemd journal.
    [switch] $SystemLog
)

function Write-SystemLog($happened) {
    $isTrouble = $happened.Kind -in 'NotFinite', 'Disk', 'Failed'
    $text = "$($happened.ResultsPath): $happened $($happened.Advice)".TrimEnd()
    if ($IsWindows) {
        [Diagnostics.EventLog]::WriteEntry('TinySora', $text, $(if ($isTrouble) { 'Error' } else { 'Information' }), 1 + [int]$happened.Kind)
    }
    else {
        logger --tag tinysora --priority $(if ($isTrouble) { 'user.err' } else { 'user.info' }) -- $text
    }
}

$ErrorActionPreference = 'Stop'
$telling = if ($SystemLog) { @{ OnEvent = { if ($_.Kind -notin 'Checkpoint', 'Better') { Write-SystemLog $_ } } } } else { @{} }

try {
    Import-Module TinySora
    $summary = Join-Path $ResultsPath 'summary.json'
    $run = Start-TinySoraTraining -Config $Config -DataPath $DataPath -ResultsPath $ResultsPath -Between $Hours -SummaryPath $summary @telling @args
    Write-Output "$($run.StoppedBecause) at step $($run.Step)"
}
catch {
    if ($_.FullyQualifiedErrorId -like 'TinySora.Training.FolderInUse*') {
        Write-Output "$_"
        exit 0
    }

    Write-Output "$($_.FullyQualifiedErrorId): $_"
    exit 1
}
