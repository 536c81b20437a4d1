<#
.SYNOPSIS
Trains models/emoji.safetensors, the bundled model for emoji.
.DESCRIPTION
Takes less than two hours on two cores with bfloat16. Rerun the same command to resume. The figures in the file's note are measured on combinations of a noun and
a motion that were used neither for training nor for choosing the recipe. Requires the font Noto Color Emoji (Debian's fonts-noto-color-emoji).
.EXAMPLE
./examples/train-emoji.ps1 -Path ./emoji-run
#>
[CmdletBinding()]
param(
    # Folder for clips, checkpoints and the finished model.
    [string] $Path = './emoji-run',
    [int] $Clips = 40000,
    [long] $DataSeed = 101,
    [int] $MeasuredPrompts = 1000
)
$ErrorActionPreference = 'Stop'
if (-not (Get-Module TinySora)) { Import-Module TinySora }

$world = @{ Kind = 'Sprites'; Content = 'One'; Background = 'Black'; ImageSize = 32; Frames = 5; ExcludeTuned = $true }
foreach ($captions in 6, 1) {
    New-TinySoraDataset @world -CaptionCount $captions -Count $Clips -Seed $DataSeed -Path "$Path/data-$captions/train"
    New-TinySoraDataset @world -CaptionCount $captions -Count 100 -Seed 1000000 -Path "$Path/data-$captions/val"
}
$run = Start-TinySoraTraining emoji -DataPath $Path/data-6 -ResultsPath $Path/first -Seed 1
$steps = $run.Step

# The same clips with one caption each, which uses the most common words, make nouns clearer.
$settings = @{ 'trainer.train_lr' = 0.001; 'trainer.train_num_steps' = 22000 }
$run = Start-TinySoraTraining emoji -Set $settings -DataPath $Path/data-1 -ResultsPath $Path/run -Seed 2 -InitialCheckpoint $run.Checkpoint

# Measures the exported file, which is rounded to bfloat16, not the run's checkpoint.
$model = "$Path/emoji.safetensors"
Export-TinySoraCheckpoint $run.Checkpoint -Format Safetensors -DataType BFloat16 -OutputPath $model -Force | Out-Null
$figures = Measure-TinySoraAdherence $model -World Sprites -Content One -PromptCount $MeasuredPrompts -Summary |
    Where-Object Aspect -in Noun, Motion, 'All of One' | ForEach-Object { "$($_.Aspect) $((100 * $_.Share).ToString('0.0', [cultureinfo]::InvariantCulture)) %" }
$note = "emoji, $steps and $($run.Step) steps, $(($steps + $run.Step) * 8) clips seen of $Clips drawn, seed 2, trained by examples/train-emoji.ps1. " +
    "Measured after the export to bfloat16, held-out combinations, $MeasuredPrompts prompts: $($figures -join ', ')."
Export-TinySoraCheckpoint $run.Checkpoint -Format Safetensors -DataType BFloat16 -OutputPath $model -Note $note -Force
