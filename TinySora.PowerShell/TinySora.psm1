# What the views show, in words that Constrained Language Mode has. The build copies these functions into the views.
# A path: as seen from here, whole; the table breaks it where it is too long.
function Show-Path([string]$Path) {
    if (-not $Path) { return }
    $text = Resolve-Path -LiteralPath $Path -Relative -ErrorAction Ignore
    $text -and $text -notlike '..*' ? $text : $Path
}

# A time: 0:00:02.7, and of days without tenths 1.02:30:00.
function Show-Time($Time) {
    if ($null -eq $Time) { return }
    ($Time.Days ? '{0:d\.hh\:mm\:ss}' : '{0:h\:mm\:ss\.f}') -f $Time
}

# A date to the minute (16 characters) or second (19): 2026-11-28 09:30. A year of the session's calendar, Buddhist or Hijri, is not one of ISO 8601.
function Show-Date($Date, [int]$Length) {
    if ($null -eq $Date) { return }
    $Date.ToString('yyyy-MM-dd HH:mm:ss', [cultureinfo]::InvariantCulture).Substring(0, $Length)
}

# A text in lines that end between words: of so many characters, or below 0, of as many fewer than the terminal has.
function Show-Text([string]$Text, [int]$Room) {
    $least = 25
    $width = $Room -gt 0 ? $Room : $Host.UI.RawUI.BufferSize.Width + $Room
    if ($width -lt $least) { $width = $least }
    $lines = $line = ''
    foreach ($word in $Text -split ' ') {
        if ($line -and $line.Length + 1 + $word.Length -gt $width) { $lines += "$line`n"; $line = $word }
        else { $line = $line ? "$line $word" : $word }
    }
    "$lines$line"
}

# A state: green where it runs, yellow where it waits, red where it went wrong. PowerShell takes the colours away where none are wanted.
function Show-State([string]$State) {
    $color = switch ($State) {
        { $_ -in 'Starting', 'Running' } { $PSStyle.Foreground.Green }
        'Paused' { $PSStyle.Foreground.Yellow }
        { $_ -in 'Failed', 'Interrupted' } { $PSStyle.Foreground.Red }
    }
    $color ? "$color$State$($PSStyle.Reset)" : $State
}

# Of two copies the one that is imported last stays: PowerShell takes the types of a second one for mistakes in those of the first.
Get-Module TinySora -All | Where-Object ModuleBase -ne $PSScriptRoot | Remove-Module
Import-Module "$PSScriptRoot/TinySora.Types.psd1"

# In Constrained Language Mode a script may call no methods, and so not make a load context; a binary module can be imported there as it is.
if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
    Import-Module "$PSScriptRoot/TinySora.PowerShell.dll"
    return
}

# Imports the cmdlets from a load context of their own, so that TinySora runs beside modules that bring other versions of
# the same libraries.
if (-not ('TinySora.Loader.ModuleLoadContext' -as [type])) {
    $null = [System.Reflection.Assembly]::LoadFrom("$PSScriptRoot/TinySora.Loader.dll")
}

$cmdlets = [TinySora.Loader.ModuleLoadContext]::LoadCmdlets($PSScriptRoot)
$inner = Import-Module -Assembly $cmdlets -PassThru

# When the same assembly is imported a second time, PowerShell takes it from its cache and forgets to give this module the
# cmdlets (PowerShell/PowerShell#20710).
$add = [psmoduleinfo].GetMethod('AddExportedCmdlet', [System.Reflection.BindingFlags]'Instance, NonPublic')
foreach ($cmdlet in $inner.ExportedCmdlets.Values) {
    $null = $add.Invoke($ExecutionContext.SessionState.Module, @(, $cmdlet))
}
