#Requires -Version 7.4

<#
.SYNOPSIS
Makes the videos of a table of prompts on several machines, or in several processes of this one.
.DESCRIPTION
Deals the rows over the workers and writes each video's object as it is made. The same line again makes what is missing, with any number of
workers: a row without a seed gets 1, by which it is found again. A worker that fails is an error that names it; the next call makes its rows.
Where an error speaks of a row, it is one of its worker's.
Machines have TinySora installed, and see the present folder under the same path: on a shared disk.
.EXAMPLE
./examples/generate-on-many.ps1 ./prompts.csv -OutputPath ./results -Jobs 4
.EXAMPLE
./examples/generate-on-many.ps1 ./prompts.csv -Session (New-PSSession -HostName anna, berta) -More @{ Checkpoint = 'latest' }
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Path,
    [string] $OutputPath = './results',
    # A machine each; without any the workers are processes of this machine.
    [Management.Automation.Runspaces.PSSession[]] $Session,
    [ValidateRange(1, 1024)] [int] $Jobs = 2,
    # Other parameters of Invoke-TinySoraGenerate.
    [hashtable] $More = @{}
)

$ErrorActionPreference = 'Stop'
if (-not (Get-Module TinySora)) { Import-Module TinySora }
$rows = @(Import-Csv -LiteralPath $Path)
$rows | Where-Object { -not $_.Seed } | Add-Member -NotePropertyName Seed -NotePropertyValue 1 -Force

# Rows whose files would have the same name go to one worker, which tells them apart; the next ones to whoever has the fewest.
$parts = @(foreach ($worker in 1..($Session ? $Session.Count : $Jobs)) { , [Collections.Generic.List[object]]::new() })
$rows | Group-Object { "$($_.Prompt)$($_.Text)" -replace '\P{L}' -replace '(?<=^.{40}).*' } | Sort-Object Count -Descending | ForEach-Object {
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
        Write-Error -ErrorAction Continue "$($job.Name) did not end well ($reason); the same line again makes what is missing of its $(
            $parts[$running.IndexOf($job)].Count) rows."
    }
}
finally {
    $running | Remove-Job -Force
}
