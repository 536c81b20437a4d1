#Requires -Version 7.6

<#
.SYNOPSIS
Registers Train-Nightly.ps1 in Windows Task Scheduler, to run every day at 22:00 or, if the machine is off then, as soon as it is on.
.EXAMPLE
./Register-NightlyTraining.ps1 -Folder D:\videos -SystemLog
.EXAMPLE
./Register-NightlyTraining.ps1 -Folder D:\videos -WhatIf
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [string] $Folder,
    [string] $TaskName = 'TinySora nightly training',
    [datetime] $At = '22:00',
    # Logs the start, end and failures of trainings to the event log (Application, source TinySora). Creating the source requires administrator rights once.
    [switch] $SystemLog
)

if ($SystemLog -and $PSCmdlet.ShouldProcess('TinySora', 'Create the event source') -and -not [Diagnostics.EventLog]::SourceExists('TinySora')) {
    [Diagnostics.EventLog]::CreateEventSource('TinySora', 'Application')
}

$script = Join-Path $PSScriptRoot 'Train-Nightly.ps1'
$action = New-ScheduledTaskAction -Execute (Get-Process -Id $PID).Path -WorkingDirectory $Folder -Argument "-NoProfile -NonInteractive -File `"$script`"$(if ($SystemLog) { ' -SystemLog' })"
$trigger = New-ScheduledTaskTrigger -Daily -At $At
$settings = New-ScheduledTaskSettingsSet -StartWhenAvailable -MultipleInstances IgnoreNew -ExecutionTimeLimit (New-TimeSpan -Hours 12)
if ($PSCmdlet.ShouldProcess($TaskName, 'Register the scheduled task')) {
    Register-ScheduledTask -TaskName $TaskName -Action $action -Trigger $trigger -Settings $settings
}
