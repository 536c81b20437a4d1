@{
    RootModule           = 'TinySora.psm1'
    ModuleVersion        = '1.0.0'
    GUID                 = 'b8b41e0a-4f7e-45f2-8293-fa4aca580190'
    Author               = 'TinySora contributors'
    CompanyName          = 'TinySora contributors'
    Copyright            = '(c) TinySora contributors. MIT license.'
    Description          = 'Trains small text-to-video models, and generates videos from prompts.'

    # Runs on .NET 10 and later.
    PowerShellVersion    = '7.6'
    CompatiblePSEditions = @('Core')

    FormatsToProcess     = @('TinySora.format.ps1xml')
    FunctionsToExport    = @()
    AliasesToExport      = @()
    VariablesToExport    = @()
    CmdletsToExport      = @(
        'Compare-TinySoraRun'
        'ConvertFrom-TinySoraLatent'
        'Export-TinySoraCheckpoint'
        'Export-TinySoraContactSheet'
        'Export-TinySoraDataset'
        'Export-TinySoraFrame'
        'Export-TinySoraLatent'
        'Export-TinySoraLossCurve'
        'Export-TinySoraReport'
        'Find-TinySoraLearningRate'
        'Get-TinySoraCheckpoint'
        'Get-TinySoraConfig'
        'Get-TinySoraDataset'
        'Get-TinySoraDevice'
        'Get-TinySoraRecipe'
        'Get-TinySoraRun'
        'Import-TinySoraCheckpoint'
        'Install-TinySoraRuntime'
        'Invoke-TinySoraGenerate'
        'Measure-TinySoraAdherence'
        'Measure-TinySoraModel'
        'Measure-TinySoraReconstruction'
        'Measure-TinySoraTokenEntropy'
        'Measure-TinySoraVideo'
        'New-TinySoraCaption'
        'New-TinySoraConfig'
        'New-TinySoraDataset'
        'Remove-TinySoraCheckpoint'
        'Resume-TinySoraRun'
        'Save-TinySoraRun'
        'Set-TinySoraRun'
        'Show-TinySoraDataset'
        'Show-TinySoraRun'
        'Show-TinySoraVideo'
        'Split-TinySoraDataset'
        'Start-TinySoraStudio'
        'Start-TinySoraTraining'
        'Stop-TinySoraRun'
        'Suspend-TinySoraRun'
        'Test-TinySoraConfig'
        'Test-TinySoraDataset'
        'Test-TinySoraInstallation'
        'Test-TinySoraLatent'
        'Test-TinySoraModel'
        'Test-TinySoraResume'
        'Wait-TinySoraRun'
    )

    PrivateData          = @{
        PSData = @{
            Tags         = @('video', 'text-to-video', 'diffusion', 'machine-learning', 'torch', 'PSEdition_Core', 'Windows', 'Linux')
            LicenseUri   = 'https://opensource.org/license/mit'
            ProjectUri   = 'https://github.com/tinysora/tinysora'
            IconUri      = 'https://raw.githubusercontent.com/tinysora/tinysora/main/docs/images/icon.png'
            ReleaseNotes = 'https://github.com/tinysora/tinysora/blob/main/CHANGELOG.md'
        }
    }
}
