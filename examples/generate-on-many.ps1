#Requires -Version 7.6

<#
.SYNOPSIS
Generates the videos of a table of prompts on several machines, or in several processes on this one.
.DESCRIPTION
Distributes the rows among workers, and outputs each video as soon as it is generated. Rerunning the same command generates only missing videos, with any
number of workers. To make this possible, rows without a seed get seed 1. If a worker fails, an error names the worker; rerun the command to generate the
remaining rows. Row numbers in error messages count the rows of one worker.
Every machine needs TinySora and access to the current folder under the same path, for example on a shared disk.
.EXAMPLE
./examples/generate-on-many.ps1 ./prompts.csv -OutputPath ./results -Jobs 4
.EXAMPLE
./examples/generate-on-many.ps1 ./prompts.csv -Session (New-PSSession -HostName anna, berta) -More @{ Checkpoint = 'latest' }
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Path,
    [string] $OutputPath = './results',
    # One session per machine. Without sessions, the workers are processes on this machine.
    [Management.Automation.Runspaces.PSSession[]] $Session,
    [ValidateRange(1, 1024)] [int] $Jobs = 2,
    # Other parameters of Invoke-TinySoraGenerate.
    [hashtable] $More = @{}
)

$ErrorActionPreference = 'Stop'
if (-not (Get-Module TinySora)) { Import-Module TinySora }
$rows = @(Import-Csv -LiteralPath $Path)
$rows | Where-Object { -not $_.Seed } | Add-Member -NotePropertyName Seed -NotePropertyValue 1 -Force

# Rows whose files would have the same name go to one worker, which gives them different names. Each group goes to the worker with the fewest rows.
$parts = @(foreach ($worker in 1..($Session ? $Session.Count : $Jobs)) { , [Collections.Generic.List[object]]::new() })
$rows | Group-Object { "$($_.Prompt)$($_.Text)$($_.Caption)" -replace '\P{L}' -replace '(?<=^.{40}).*' } | Sort-Object Count -Descending | ForEach-Object {
    ($parts | Sort-Object { $_.Count } -Top 1).AddRange($_.Group)
}

$work = {
    param($module, $folder, $rows, $parameters)
    $ErrorActionPreference = 'Stop'
    Import-Module $module
    Set-Location -LiteralPath $folder
    $rows | Invoke-TinySoraGenerate @parameters -ErrorAction Continue
}
$folder = (Get-Location).ProviderPath
$parameters = @{ OutputPath = $OutputPath } + $More
$module = $Session ? 'TinySora' : (Join-Path (Get-Module TinySora).ModuleBase TinySora.psd1)
if (-not $Session) { $parameters.ThreadCount ??= [Math]::Max(1, [Math]::Floor([Environment]::ProcessorCount / $Jobs)) }
$running = @(for ($i = 0; $i -lt $parts.Count; $i++) {
    $arguments = $module, $folder, $parts[$i], $parameters
    if ($parts[$i].Count -eq 0) { continue }
    if ($Session) { Invoke-Command -Session $Session[$i] -ScriptBlock $work -ArgumentList $arguments -AsJob -JobName $Session[$i].ComputerName }
    else { Start-Job -ScriptBlock $work -ArgumentList $arguments -Name "worker $($i + 1)" }
})
try {
    $running | Receive-Job -Wait -ErrorAction Continue
    foreach ($job in $running | Where-Object State -NE Completed) {
        $reason = "$($job.ChildJobs[0].JobStateInfo.Reason.Message)".Trim()
        Write-Error -ErrorAction Continue "$($job.Name) failed ($reason). Rerun the command to generate the missing videos of its $(
            $parts[$running.IndexOf($job)].Count) rows."
    }
}
finally {
    $running | Remove-Job -Force
}
