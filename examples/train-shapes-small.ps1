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

# The learning rate falls until the last step, so the configuration has to know how long the run is. What is kept on the way
# changes no weight, and is here because the model's file says so, too; its average began at once.
$settings = [ordered]@{ train_num_steps = $Steps; step_start_ema = 0; save_model_every = 500; keep_checkpoints = 4 }
$config = "$Path/shapes-long.yaml"
if (-not (Test-Path $config)) {
    New-TinySoraConfig $config -Preset shapes-small
    $text = Get-Content $config
    foreach ($key in $settings.Keys) { $text = $text -replace "${key}: \d+", "${key}: $($settings[$key])" }
    $text | Set-Content $config
}
$run = Start-TinySoraTraining $config -DataPath $Path/data -ResultsPath $Path/run -Seed 1

# What is measured is the file that is handed out, not the run's checkpoint, which is not rounded to bfloat16.
$model = "$Path/shapes-small.safetensors"
Export-TinySoraCheckpoint $run.Checkpoint -Format Safetensors -DataType BFloat16 -OutputPath $model -Force | Out-Null
$figures = Measure-TinySoraAdherence $model -Count $MeasuredClipsEach -Summary |
    ForEach-Object { '{0} {1:P1}' -f $_.Aspect, $_.Share }
$note = "shapes-small, $Steps steps, $($Steps * 16) clips seen of $Clips drawn, seed 1, made as examples/train-shapes-small.ps1 makes it. " +
    "Measured after the export to bfloat16, held-out combinations, $(24 * $MeasuredClipsEach) clips: $($figures -join ', ')."
Export-TinySoraCheckpoint $run.Checkpoint -Format Safetensors -DataType BFloat16 -OutputPath $model -Note $note -Force
