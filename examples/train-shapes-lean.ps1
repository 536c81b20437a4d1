<#
.SYNOPSIS
Trains models/shapes-lean.safetensors, the bundled model for the shapes world.
.DESCRIPTION
Takes 15 minutes on one idle core with bfloat16. Rerun the same command to resume. The figures in the file's note are measured on combinations of
color, shape and motion that were used neither for training nor for choosing the recipe.
.EXAMPLE
./examples/train-shapes-lean.ps1 -Path ./shapes-lean
#>
[CmdletBinding()]
param(
    # Folder for clips, checkpoints and the finished model.
    [string] $Path = './shapes-lean',
    [int] $Clips = 10000,
    # 21 clips of each of the 24 combinations are 504 clips.
    [int] $MeasuredClipsEach = 21
)
$ErrorActionPreference = 'Stop'
if (-not (Get-Module TinySora)) { Import-Module TinySora }

New-TinySoraDataset -Kind Shapes -ExcludeTuned -Count $Clips -Path $Path/data
$run = Start-TinySoraTraining shapes-lean -DataPath $Path/data -ResultsPath $Path/run -Seed 1

# Measures the exported file, which is rounded to bfloat16, not the run's checkpoint.
$model = "$Path/shapes-lean.safetensors"
Export-TinySoraCheckpoint $run.Checkpoint -Format Safetensors -DataType BFloat16 -OutputPath $model -Force | Out-Null
$figures = Measure-TinySoraAdherence $model -Count $MeasuredClipsEach -Summary |
    ForEach-Object { '{0} {1:P1}' -f $_.Aspect, $_.Share }
$note = "shapes-lean, $($run.Step) steps, $($run.Step * 8) clips seen of $Clips drawn, seed 1, trained by examples/train-shapes-lean.ps1. " +
    "Measured after the export to bfloat16, held-out combinations, $(24 * $MeasuredClipsEach) clips: $($figures -join ', ')."
Export-TinySoraCheckpoint $run.Checkpoint -Format Safetensors -DataType BFloat16 -OutputPath $model -Note $note -Force
