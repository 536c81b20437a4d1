<#
.SYNOPSIS
Makes models/clips-vae.safetensors or models/clips-fsq.safetensors, the autoencoders of clips that come with the module.
.DESCRIPTION
Clips of four drawn worlds, and of the films that you name: 545 TFLOP for clips-vae and 460 for clips-fsq, forty minutes on one core with bfloat16, seventeen on two.
Interrupted and started again it goes on where it was.

The bundled autoencoders saw six films of Debian's python3-mecavideo, a frame apart, and films of 42 frames that pan, zoom and turn over photographs
of Debian's wallpapers (mate-backgrounds, gnome-backgrounds, plasma-workspace-wallpapers), three over each: 72 for clips-vae, 54 for clips-fsq.
Clips-fsq saw 1080 clips more, twenty of each of its photographs: five frames of 64 x 64 that pan, zoom or turn, or across which a disc or a square moves
that is of one colour or cut out of another photograph; half of them in other tones, half of them mirrored.
.EXAMPLE
./examples/train-clips-vae.ps1 -Path ./clips-vae -Source ./films -Pan ./pans
.EXAMPLE
./examples/train-clips-vae.ps1 clips-fsq -Source ./films -Pan ./pans -Clip ./photographs
#>
[CmdletBinding()]
param(
    # Of latents, or of tokens.
    [ValidateSet('clips-vae', 'clips-fsq')]
    [string] $Preset = 'clips-vae',
    # Folder for clips, checkpoints and the finished model.
    [string] $Path = "./$Preset",
    # Films of which every frame begins a clip.
    [string[]] $Source = @(),
    # Films that are cut into clips one after the other.
    [string[]] $Pan = @(),
    # Folders of clips that are taken as they are.
    [string[]] $Clip = @()
)
$ErrorActionPreference = 'Stop'
if (-not (Get-Module TinySora)) { Import-Module TinySora }

foreach ($part in @{ Name = 'train'; Seed = 1; Share = 1 }, @{ Name = 'val'; Seed = 1000000; Share = 0.03 }) {
    $folder = "$Path/data/$($part.Name)"
    $common = @{ Frames = 5; Seed = $part.Seed }
    New-TinySoraDataset "$folder/shapes" -Kind Shapes -Count (3000 * $part.Share) -Seed $part.Seed -IncludeHeldOut
    New-TinySoraDataset "$folder/moving" -Kind MovingMnist -Count (1500 * $part.Share) -ImageSize 32 @common
    New-TinySoraDataset "$folder/moving64" -Kind MovingMnist -Count (1000 * $part.Share) -ImageSize 64 -DigitsPerClip 2 @common
    New-TinySoraDataset "$folder/objects" -Kind SyntheticObjects -Count (1500 * $part.Share) -ImageSize 32 @common
}
New-TinySoraDataset "$Path/flying" -Kind FlyingMnist -Count 1500 -Seed 1 -ImageSize 64 -Frames 5 -MaxDigits 3
foreach ($part in 'train', 'val') {
    New-Item -ItemType Directory "$Path/data/$part/flying" -Force | Out-Null
    Copy-Item "$Path/flying/$part/*.mp4" "$Path/data/$part/flying"
}
if ($Source) { New-TinySoraDataset "$Path/data/train/films" -Source $Source -FramesPerSecond 12 -Stride 0.08 -ImageSize 64 -Caption 'a film' }
if ($Pan) { New-TinySoraDataset "$Path/data/train/pans" -Source $Pan -ImageSize 64 -Caption 'a photograph' }
for ($i = 0; $i -lt $Clip.Count; $i++) { Copy-Item $Clip[$i] "$Path/data/train/more$i" -Recurse -Force }

$run = Start-TinySoraTraining $Preset -DataPath "$Path/data" -ResultsPath "$Path/first" -Seed 1
$steps = $run.Step
if ($Preset -eq 'clips-vae') {
    # A second fall of the learning rate is worth another decibel.
    $settings = @{ 'trainer.train_lr' = 0.002; 'trainer.train_num_steps' = 5000; 'trainer.step_start_ema' = 100 }
    $run = Start-TinySoraTraining $Preset -Set $settings -DataPath "$Path/data" -ResultsPath "$Path/run" -Seed 2 -InitialCheckpoint $run.Checkpoint
    $steps = "$steps and $($run.Step)"
}

# What is measured is the file that is handed out, which is rounded to bfloat16.
$model = "$Path/$Preset.safetensors"
Export-TinySoraCheckpoint $run.Checkpoint -Format Safetensors -DataType BFloat16 -OutputPath $model -Force | Out-Null
$figures = foreach ($world in 'shapes', 'moving', 'flying') {
    $summary = Measure-TinySoraReconstruction $model "$Path/data/val/$world" -Summary
    '{0} {1:0.0} dB' -f $world, $summary.Psnr
}
$note = "$Preset, $steps steps, made as examples/train-clips-vae.ps1 makes it. Measured after the export to bfloat16, on clips that it never saw: " +
    "$($figures -join ', ')."
Export-TinySoraCheckpoint $run.Checkpoint -Format Safetensors -DataType BFloat16 -OutputPath $model -Note $note -Force
