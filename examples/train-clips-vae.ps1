<#
.SYNOPSIS
Trains models/clips-vae.safetensors or models/clips-fsq.safetensors, the bundled autoencoders.
.DESCRIPTION
Trains on clips of four drawn worlds and of the videos that you name: 545 TFLOP for clips-vae and 460 for clips-fsq, 40 minutes on one core with bfloat16 and
17 on two. The decoder of clips-vae is then trained for another 350 TFLOP (12 minutes on one core), also on clips of the sprites world, which require the font
Noto Color Emoji (Debian's fonts-noto-color-emoji). Rerun the same command to resume.

The bundled autoencoders were trained on six videos of Debian's python3-mecavideo, with a clip starting at every frame, and on videos of 42 frames that pan,
zoom and rotate over photographs of Debian's wallpapers (mate-backgrounds, gnome-backgrounds, plasma-workspace-wallpapers), three for each photograph:
72 for clips-vae, 54 for clips-fsq. clips-fsq was also trained on 1080 clips of five frames of 64 x 64, twenty for each of its photographs: the clips
pan, zoom or rotate, or show a disk or square that moves across the photograph. The disk or square has one color, or is cut from another photograph. In half
of the clips, the tones are changed; half of the clips are mirrored.

The decoder of clips-vae was trained with 29 of these photographs, three videos of each, and the six videos with a clip starting at every 25th of a second.
.EXAMPLE
./examples/train-clips-vae.ps1 -Path ./clips-vae -Source ./films -Pan ./pans -PhotographPath ./pictures
.EXAMPLE
./examples/train-clips-vae.ps1 clips-fsq -Source ./films -Pan ./pans -Clip ./photographs
#>
[CmdletBinding()]
param(
    # clips-vae for latents, clips-fsq for tokens.
    [ValidateSet('clips-vae', 'clips-fsq')]
    [string] $Preset = 'clips-vae',
    # Folder for clips, checkpoints and the finished model.
    [string] $Path = "./$Preset",
    # Videos from which a clip is cut at every frame.
    [string[]] $Source = @(),
    # Videos that are cut into consecutive clips.
    [string[]] $Pan = @(),
    # Folders of clips that are used unchanged.
    [string[]] $Clip = @(),
    # Folder of photographs that become backgrounds of sprites, for the decoder of clips-vae.
    [string] $PhotographPath
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
    # A second learning rate decay adds about one decibel.
    $settings = @{ 'trainer.train_lr' = 0.002; 'trainer.train_num_steps' = 5000; 'trainer.step_start_ema' = 100 }
    $run = Start-TinySoraTraining $Preset -Set $settings -DataPath "$Path/data" -ResultsPath "$Path/run" -Seed 2 -InitialCheckpoint $run.Checkpoint
    $steps = "$steps and $($run.Step)"

    # A new decoder for the same latents adds four decibels on shapes and two on sprites and films. The encoder is rounded first, because the bundled one is.
    $encoder = "$Path/encoder.safetensors"
    Export-TinySoraCheckpoint $run.Checkpoint -Format Safetensors -DataType BFloat16 -OutputPath $encoder -Force | Out-Null
    $all = "$Path/decoder-data"
    New-Item -ItemType Directory $all -Force | Out-Null
    Copy-Item "$Path/data/*" $all -Recurse -Force
    foreach ($part in @{ Name = 'train'; Seed = 1; Share = 1 }, @{ Name = 'val'; Seed = 1000000; Share = 0.03 }) {
        $sprites = @{ Kind = 'Sprites'; Content = 'One', 'Relation', 'Group'; Frames = 5; Seed = $part.Seed }
        foreach ($world in @{ Name = 'black'; Background = 'Black'; Small = 4000; Large = 1500 },
            @{ Name = 'plain'; Background = 'Plain', 'Gradient'; Small = 4000; Large = 2500 }) {
            $sprites.Background = $world.Background
            New-TinySoraDataset "$all/$($part.Name)/$($world.Name)" @sprites -Count ($world.Small * $part.Share) -ImageSize 32
            New-TinySoraDataset "$all/$($part.Name)/$($world.Name)64" @sprites -Count ($world.Large * $part.Share) -ImageSize 64
        }
        if ($PhotographPath) {
            $sprites.Background = 'Photograph'
            New-TinySoraDataset "$all/$($part.Name)/photo" @sprites -PhotographPath $PhotographPath -Count (2500 * $part.Share) -ImageSize 64
        }
    }
    $settings = @{
        'loss.decoder_only' = $true; 'loss.recon' = 'shown'
        'trainer.train_lr' = 0.001; 'trainer.train_num_steps' = 9000; 'trainer.step_start_ema' = 100
    }
    $run = Start-TinySoraTraining $Preset -Set $settings -DataPath $all -ResultsPath "$Path/decoder" -Seed 3 -InitialCheckpoint $encoder
    $steps = "$steps steps, then $($run.Step) of its decoder"
}
else { $steps = "$steps steps" }

# Measures the exported file, which is rounded to bfloat16.
$model = "$Path/$Preset.safetensors"
Export-TinySoraCheckpoint $run.Checkpoint -Format Safetensors -DataType BFloat16 -OutputPath $model -Force | Out-Null
$data = $Preset -eq 'clips-vae' ? "$Path/decoder-data" : "$Path/data"
$figures = foreach ($world in 'shapes', 'moving', 'flying', 'plain64' | Where-Object { Test-Path "$data/val/$_" }) {
    $summary = Measure-TinySoraReconstruction $model "$data/val/$world" -Summary
    '{0} {1:0.0} dB' -f $world, $summary.Psnr
}
$note = "$Preset, $steps, trained by examples/train-clips-vae.ps1. Measured after the export to bfloat16, on clips not used for training: " +
    "$($figures -join ', ')."
Export-TinySoraCheckpoint $run.Checkpoint -Format Safetensors -DataType BFloat16 -OutputPath $model -Note $note -Force
