# Functions of the views, in Constrained Language Mode's subset of the language. The build copies them into the views.
# Shows a path relative to the current location, with a note below it. The table wraps long paths.
function Show-Path([string]$Path, [string]$Note) {
    if (-not $Path) { return }
    $text = Resolve-Path -LiteralPath $Path -Relative -ErrorAction Ignore
    if (-not $text -or $text -like '..*') { $text = $Path }
    $Note ? "$text`n$Note" : $text
}

# Shows a time as 0:00:02.7 or, if it is a day or longer, as 1.02:30:00.
function Show-Time($Time) {
    if ($null -eq $Time) { return }
    ($Time.Days ? '{0:d\.hh\:mm\:ss}' : '{0:h\:mm\:ss\.f}') -f $Time
}

# Shows a date to the minute (16 characters) or second (19): 2026-11-28 09:30. The invariant culture avoids the years of other calendars.
function Show-Date($Date, [int]$Length) {
    if ($null -eq $Date) { return }
    $Date.ToString('yyyy-MM-dd HH:mm:ss', [cultureinfo]::InvariantCulture).Substring(0, $Length)
}

# Wraps text between words, and longer words after punctuation, with a note below it. A positive $Room is the width in characters; a negative one is added
# to the terminal's width.
function Show-Text([string]$Text, [int]$Room, [string]$Note) {
    $least = 25
    $width = $Room -gt 0 ? $Room : $Host.UI.RawUI.BufferSize.Width + $Room
    if ($Room -le 0 -and $width -lt $least) { $width = $least }
    $wrapped = foreach ($paragraph in $Text, $Note) {
        $lines = $line = ''
        foreach ($word in $paragraph -split ' ') {
            $gap = ' '
            foreach ($part in ($word.Length -gt $width ? $word -split '(?<=[=/\\_])' : $word)) {
                if ($line -and $line.Length + $gap.Length + $part.Length -gt $width) { $lines += "$line`n"; $line = $part }
                else { $line = $line ? "$line$gap$part" : $part }
                $gap = ''
            }
        }
        if ($line) { "$lines$line" }
    }
    $wrapped -join "`n"
}

# Shows a state: green if running, yellow if paused, red if failed. PowerShell removes the colors if they are not wanted.
function Show-State([string]$State) {
    $color = switch ($State) {
        { $_ -in 'Starting', 'Running' } { $PSStyle.Foreground.Green }
        'Paused' { $PSStyle.Foreground.Yellow }
        { $_ -in 'Failed', 'Interrupted' } { $PSStyle.Foreground.Red }
    }
    $color ? "$color$State$($PSStyle.Reset)" : $State
}

# The last imported copy of the module replaces the others, because PowerShell would report the types of a second copy as errors.
Get-Module TinySora -All | Where-Object ModuleBase -ne $PSScriptRoot | Remove-Module
Import-Module "$PSScriptRoot/TinySora.Types.psd1"

# In Constrained Language Mode a script cannot call methods to create a load context, so import the binary module directly.
if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
    Import-Module "$PSScriptRoot/TinySora.PowerShell.dll"
    return
}

# Import the cmdlets from a separate load context, so that TinySora runs next to modules with other versions of the same libraries.
if (-not ('TinySora.Loader.ModuleLoadContext' -as [type])) {
    $null = [System.Reflection.Assembly]::LoadFrom("$PSScriptRoot/TinySora.Loader.dll")
}

$cmdlets = [TinySora.Loader.ModuleLoadContext]::LoadCmdlets($PSScriptRoot)
$inner = Import-Module -Assembly $cmdlets -PassThru

# If the same assembly is imported again, PowerShell takes it from its cache without exporting the cmdlets (PowerShell/PowerShell#20710).
$add = [psmoduleinfo].GetMethod('AddExportedCmdlet', [System.Reflection.BindingFlags]'Instance, NonPublic')
foreach ($cmdlet in $inner.ExportedCmdlets.Values) {
    $null = $add.Invoke($ExecutionContext.SessionState.Module, @(, $cmdlet))
}

# PowerShell does not call completers for keys inside a hashtable. For the module's commands, TableCompletion completes these keys; the previous
# function handles all other input.
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

# Created from text, so that it is a function of the session rather than a command of this module.
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
    # Restore the previous function only if no other module has replaced this one.
    if ("${function:global:TabExpansion2}" -eq "$tabExpansion2") { Set-Item function:global:TabExpansion2 $tabExpansion }
}
