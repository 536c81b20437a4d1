#Requires -Version 7.4

<#
.SYNOPSIS
Starts or continues a training run, or does nothing: a line that a scheduler may call as often as it likes.
.DESCRIPTION
For cron (crontab.example), systemd (tinysora-training.timer) and Windows Task Scheduler (Register-NightlyTraining.ps1). The exit code is 0 when there
is nothing to worry about (also when the run is complete, by day, or while another call still trains) and 1 for failures. What happened is in
summary.json beside the checkpoints: stopped_because, step, loss, checkpoint, error. Further parameters are those of Start-TinySoraTraining.
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
    # What -NotifyUri would post goes into the system's log, too: Windows' event log (Register-NightlyTraining.ps1 -SystemLog makes
    # its source), elsewhere syslog, and with it the journal.
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
