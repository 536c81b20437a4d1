<#
.SYNOPSIS
Makes models/shapes-lean.safetensors, the model that comes with the module.
.DESCRIPTION
A quarter of an hour on one core with bfloat16 and nothing beside it. Interrupted and started again it goes on where it was. The figures that
the file's note gives are measured on combinations of colour, shape and motion that neither training nor choosing among recipes saw.
.EXAMPLE
./examples/train-shapes-lean.ps1 -Path ./shapes-lean
#>
[CmdletBinding()]
param(
    # Folder for clips, checkpoints and the finished model.
    [string] $Path = './shapes-lean',
    [int] $Clips = 10000,
    # 24 combinations are judged, so 21 clips of each are 504.
    [int] $MeasuredClipsEach = 21
)
$ErrorActionPreference = 'Stop'
if (-not (Get-Module TinySora)) { Import-Module TinySora }

New-TinySoraDataset -Kind Shapes -ExcludeTuned -Count $Clips -Path $Path/data
$run = Start-TinySoraTraining shapes-lean -DataPath $Path/data -ResultsPath $Path/run -Seed 1

# What is measured is the file that is handed out, not the run's checkpoint, which is not rounded to bfloat16.
$model = "$Path/shapes-lean.safetensors"
Export-TinySoraCheckpoint $run.Checkpoint -Format Safetensors -DataType BFloat16 -OutputPath $model -Force | Out-Null
$figures = Measure-TinySoraAdherence $model -Count $MeasuredClipsEach -Summary |
    ForEach-Object { '{0} {1:P1}' -f $_.Aspect, $_.Share }
$note = "shapes-lean, $($run.Step) steps, $($run.Step * 8) clips seen of $Clips drawn, seed 1, made as examples/train-shapes-lean.ps1 makes it. " +
    "Measured after the export to bfloat16, held-out combinations, $(24 * $MeasuredClipsEach) clips: $($figures -join ', ')."
Export-TinySoraCheckpoint $run.Checkpoint -Format Safetensors -DataType BFloat16 -OutputPath $model -Note $note -Force
