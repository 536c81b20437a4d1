# Imports the cmdlets from a load context of their own, so that TinySora runs beside modules that bring other versions of
# the same libraries.
if (-not ('TinySora.Loader.ModuleLoadContext' -as [type])) {
    Add-Type -LiteralPath (Join-Path $PSScriptRoot 'TinySora.Loader.dll')
}

$cmdlets = [TinySora.Loader.ModuleLoadContext]::LoadCmdlets($PSScriptRoot)
$inner = Import-Module -Assembly $cmdlets -PassThru

# When the same assembly is imported a second time, PowerShell takes it from its cache and forgets to give this module the
# cmdlets (PowerShell/PowerShell#20710).
$add = [psmoduleinfo].GetMethod('AddExportedCmdlet', [System.Reflection.BindingFlags]'Instance, NonPublic')
foreach ($cmdlet in $inner.ExportedCmdlets.Values) {
    $null = $add.Invoke($ExecutionContext.SessionState.Module, @(, $cmdlet))
}
