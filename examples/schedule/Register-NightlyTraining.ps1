#Requires -Version 7.4

<#
.SYNOPSIS
Registers Train-Nightly.ps1 in Windows Task Scheduler: at 22:00 every day, or as soon after as the machine is on.
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
    # Trainings tell the event log (Application, source TinySora) how they begin, end and fail. To make the source takes an administrator, once.
    [switch] $SystemLog
)

if ($SystemLog -and $PSCmdlet.ShouldProcess('TinySora', 'Make a source of the event log') -and -not [Diagnostics.EventLog]::SourceExists('TinySora')) {
    [Diagnostics.EventLog]::CreateEventSource('TinySora', 'Application')
}

$script = Join-Path $PSScriptRoot 'Train-Nightly.ps1'
$action = New-ScheduledTaskAction -Execute (Get-Process -Id $PID).Path -WorkingDirectory $Folder -Argument "-NoProfile -NonInteractive -File `"$script`"$(if ($SystemLog) { ' -SystemLog' })"
$trigger = New-ScheduledTaskTrigger -Daily -At $At
$settings = New-ScheduledTaskSettingsSet -StartWhenAvailable -MultipleInstances IgnoreNew -ExecutionTimeLimit (New-TimeSpan -Hours 12)
if ($PSCmdlet.ShouldProcess($TaskName, 'Register the scheduled task')) {
    Register-ScheduledTask -TaskName $TaskName -Action $action -Trigger $trigger -Settings $settings
}
