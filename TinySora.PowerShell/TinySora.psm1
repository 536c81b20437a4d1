# What the views show, in words that Constrained Language Mode has. A path: as seen from here, and shortened in the middle where a
# terminal leaves no room beside the other columns, which of 80 characters leave 22.
function Show-Path([string]$Path) {
    if (-not $Path) { return }
    $text = Resolve-Path -LiteralPath $Path -Relative -ErrorAction Ignore
    if (-not $text -or $text -like '..*') { $text = $Path }
    $more = $Host.UI.RawUI.BufferSize.Width - 80
    $room = $more -gt 0 ? 22 + $more : 22
    if ($text.Length -le $room) { return $text }
    $end = [int](($room - 1) * 2 / 3)
    $text.Substring(0, $room - 1 - $end) + [char]0x2026 + $text.Substring($text.Length - $end)
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
