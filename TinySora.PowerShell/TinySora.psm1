# What the views show, in words that Constrained Language Mode has. The build copies these functions into the views.
# A path: as seen from here, whole; the table breaks it where it is too long. Below it is what is wrong there.
function Show-Path([string]$Path, [string]$Note) {
    if (-not $Path) { return }
    $text = Resolve-Path -LiteralPath $Path -Relative -ErrorAction Ignore
    if (-not $text -or $text -like '..*') { $text = $Path }
    $Note ? "$text`n$Note" : $text
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
    if ($Room -le 0 -and $width -lt $least) { $width = $least }
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

# PowerShell asks no completer for a key inside a hashtable: of the module's commands, TableCompletion is asked first. Everything else is left to what was there.
$tabExpansion = ${function:global:TabExpansion2}
$tableCompletion = $cmdlets.GetType('TinySora.PowerShell.Completers.TableCompletion')
function Complete-Input([hashtable]$Bound) {
    $text = $Bound.inputScript
    if ($text -like '*-TinySora*@{*') {
        $cursor = $Bound.ContainsKey('cursorColumn') ? $Bound.cursorColumn : $text.Length
        $keys = $tableCompletion::Complete($text, $cursor, { param($line) & $tabExpansion $line $line.Length $Bound.options })
        if ($keys) { return $keys }
    }
    & $tabExpansion @Bound
}

# From text, as a function of the session and none of this module's commands.
$tabExpansion2 = [scriptblock]::Create(@'
    [CmdletBinding(DefaultParameterSetName = 'ScriptInputSet')]
    [OutputType([System.Management.Automation.CommandCompletion])]
    param(
        [Parameter(ParameterSetName = 'ScriptInputSet', Mandatory, Position = 0)] [AllowEmptyString()] [string] $inputScript,
        [Parameter(ParameterSetName = 'ScriptInputSet', Position = 1)] [int] $cursorColumn = $inputScript.Length,
        [Parameter(ParameterSetName = 'AstInputSet', Mandatory, Position = 0)] [System.Management.Automation.Language.Ast] $ast,
        [Parameter(ParameterSetName = 'AstInputSet', Mandatory, Position = 1)] [System.Management.Automation.Language.Token[]] $tokens,
        [Parameter(ParameterSetName = 'AstInputSet', Mandatory, Position = 2)] [System.Management.Automation.Language.IScriptPosition] $positionOfCursor,
        [Parameter(ParameterSetName = 'ScriptInputSet', Position = 2)] [Parameter(ParameterSetName = 'AstInputSet', Position = 3)] [hashtable] $options)
    & (Get-Module TinySora) { param($bound) Complete-Input $bound } ([hashtable]$PSBoundParameters)
'@)
Set-Item function:global:TabExpansion2 $tabExpansion2
$ExecutionContext.SessionState.Module.OnRemove = {
    # Not where something else has taken its place since.
    if ("${function:global:TabExpansion2}" -eq "$tabExpansion2") { Set-Item function:global:TabExpansion2 $tabExpansion }
}
