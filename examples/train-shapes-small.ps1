<#
.SYNOPSIS
Makes models/shapes-small.safetensors, the model that comes with the module.
.DESCRIPTION
Some forty minutes on one core. Interrupted and started again it goes on where it was. The figures that the file's note
gives are measured on combinations of colour, shape and motion that no clip of the training showed.
.EXAMPLE
./examples/train-shapes-small.ps1 -Path ./shapes-small
#>
[CmdletBinding()]
param(
    # Folder for clips, configuration, checkpoints and the finished model.
    [string] $Path = './shapes-small',
    [int] $Clips = 10000,
    [int] $Steps = 6000,
    # 24 combinations were held out, so 21 clips of each are 504.
    [int] $MeasuredClipsEach = 21
)
$ErrorActionPreference = 'Stop'
Import-Module TinySora

New-TinySoraDataset -Kind Shapes -Count $Clips -Seed 1 -Path $Path/data

# The learning rate falls until the last step, so the configuration has to know how long the run is.
$config = "$Path/shapes-long.yaml"
if (-not (Test-Path $config)) {
    New-TinySoraConfig $config -Preset shapes-small
    (Get-Content $config) -replace 'train_num_steps: \d+', "train_num_steps: $Steps" | Set-Content $config
}
$run = Start-TinySoraTraining $config -DataPath $Path/data -ResultsPath $Path/run -Seed 1

$figures = Measure-TinySoraAdherence $run.Checkpoint -Count $MeasuredClipsEach -Summary |
    ForEach-Object { '{0} {1:P1}' -f $_.Aspect, $_.Share }
$note = "shapes-small, $Steps steps, $($Steps * 16) clips seen of $Clips drawn, seed 1, made by " +
    "examples/train-shapes-small.ps1. Held-out combinations, $(24 * $MeasuredClipsEach) clips: $($figures -join ', ')."
Export-TinySoraCheckpoint $run.Checkpoint -Format Safetensors -DataType BFloat16 -OutputPath $Path/shapes-small.safetensors -Note $note -Force
