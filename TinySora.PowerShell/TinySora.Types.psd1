# The types are in a separate module, because TinySora.psm1 must remove earlier copies of TinySora before it imports them.
@{
    ModuleVersion     = '1.0.0'
    GUID              = '5c1f3a52-8f0e-4d3a-9a3b-6b1de0a4f2c7'
    Author            = 'TinySora contributors'
    PowerShellVersion = '7.6'
    TypesToProcess    = @('TinySora.types.ps1xml')
    FunctionsToExport = @()
    CmdletsToExport   = @()
    AliasesToExport   = @()
    VariablesToExport = @()
}
