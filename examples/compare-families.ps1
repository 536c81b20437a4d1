<#
.SYNOPSIS
Trains a small model of each family on the shapes world and compares their adherence.
.DESCRIPTION
Writes families.csv, the same table in Markdown, and an image of each model's clips. Takes hours on two cores. Rerun the same command to resume.
Adherence is the share of clips that show the color, shape and motion of their prompt, for the 24 combinations that are not in the training data.
.EXAMPLE
./examples/compare-families.ps1 -Path ./families
.EXAMPLE
./examples/compare-families.ps1 -Path ./families -Preset shapes-gpt, shapes-masked
#>
[CmdletBinding()]
param(
    # Folder for clips, runs, images and tables.
    [string] $Path = './families',
    [ValidateSet('shapes-small', 'shapes-pixels', 'shapes-latent', 'shapes-gpt', 'shapes-mamba', 'shapes-masked')]
    [string[]] $Preset = @('shapes-small', 'shapes-pixels', 'shapes-latent', 'shapes-gpt', 'shapes-mamba', 'shapes-masked'),
    [int] $Clips = 10000,
    [int] $MeasuredClipsEach = 4,
    # Folder with configurations NAME.yaml that replace the presets of the same names.
    [string] $ConfigPath
)
$ErrorActionPreference = 'Stop'
if (-not (Get-Module TinySora)) { Import-Module TinySora }

$configs = if ($ConfigPath) { Convert-Path -LiteralPath $ConfigPath }
function Config([string] $name) { if ($configs) { Join-Path $configs "$name.yaml" } else { $name } }

# Returns the name of the autoencoder that the model needs, if it must be trained first.
function Autoencoder([string] $name) {
    $codec = (Get-TinySoraConfig (Config $name) -Key *.codec).Value
    if ($codec -like './*') { $codec.Substring(2) }
}

New-Item -ItemType Directory -Path $Path -Force | Out-Null
Push-Location -LiteralPath $Path
try {
    New-TinySoraDataset -Kind Shapes -Count $Clips -Path ./data/train | Out-Null
    New-TinySoraDataset -Kind Shapes -Count 100 -Seed 1000000 -Path ./data/val | Out-Null
    @('Prompt,Seed') + @('a red circle moving right', 'a blue square moving up', 'a green triangle moving left', 'a yellow star growing',
        'a cyan star moving down', 'a white triangle shrinking' | ForEach-Object { "$_,1" }) | Set-Content -LiteralPath ./prompts.csv

    function Train([string] $name) {
        $config = Config $name
        $run = Start-TinySoraTraining $config -DataPath ./data -ResultsPath "./$name" -Seed 1
        $cost = Measure-TinySoraModel $config -Steps 1
        # Training time over all interrupted runs, from the metrics.
        $seconds = (Get-Content -LiteralPath "./$name/metrics.jsonl" | ConvertFrom-Json | Measure-Object elapsed -Maximum).Maximum
        [pscustomobject]@{ Parameters = $cost.Parameters; Steps = $run.Step; TFlop = $run.Step * $cost.StepFlops / 1e12; Minutes = $seconds / 60 }
    }

    $rows = foreach ($name in $Preset) {
        $before = Autoencoder $name | ForEach-Object { Train $_ }
        $trained = Train $name
        $shares = @{}
        Measure-TinySoraAdherence "./$name" -Count $MeasuredClipsEach -Summary | ForEach-Object { $shares[$_.Aspect] = $_.Share }
        $videos = Import-Csv -LiteralPath ./prompts.csv | Invoke-TinySoraGenerate -Checkpoint "./$name" -OutputPath "./videos/$name" -Force
        $videos | Export-TinySoraContactSheet -OutputPath "./pictures/$name.png" -Force | Out-Null
        $bits = Get-Content -LiteralPath "./$name/metrics.jsonl" | ConvertFrom-Json | ForEach-Object { $_.scalars.'val.bits' } | Where-Object { $_ } | Select-Object -Last 1
        [pscustomobject]@{
            Preset = $name; Parameters = $trained.Parameters + $before.Parameters; Steps = $trained.Steps
            TFlop = $trained.TFlop; AutoencoderTFlop = $before.TFlop; Minutes = $trained.Minutes; AutoencoderMinutes = $before.Minutes
            Color = $shares['Color']; Shape = $shares['Shape']; Motion = $shares['Motion']; AllThree = $shares['All three']
            Connected = $shares['One connected object']
            SecondsPerVideo = ($videos | ForEach-Object { $_.Elapsed.TotalSeconds } | Measure-Object -Average).Average; BitsPerToken = $bits
        }
    }

    $rows | Export-Csv -LiteralPath ./families.csv -NoTypeInformation
    $culture = [cultureinfo]::InvariantCulture
    @(
        '| preset | M parameters | steps | TFLOP | minutes | color | shape | motion | all three | connected | s per video | bits per token |'
        '|---|---|---|---|---|---|---|---|---|---|---|---|'
        foreach ($row in $rows) {
            $flop = if ($row.AutoencoderTFlop) { '{0:0} + {1:0}' -f $row.AutoencoderTFlop, $row.TFlop } else { '{0:0}' -f $row.TFlop }
            $minutes = if ($row.AutoencoderMinutes) { [string]::Format($culture, '{0:0.0} + {1:0.0}', $row.AutoencoderMinutes, $row.Minutes) }
                else { [string]::Format($culture, '{0:0.0}', $row.Minutes) }
            [string]::Format($culture, '| `{0}` | {1:0.0} | {2} | {3} | {4} | {5:0.0} % | {6:0.0} % | {7:0.0} % | {8:0.0} % | {9:0.0} % | {10:0.00} | {11:0.000} |',
                $row.Preset, $row.Parameters / 1e6, $row.Steps, $flop, $minutes, 100 * $row.Color, 100 * $row.Shape, 100 * $row.Motion,
                100 * $row.AllThree, 100 * $row.Connected, $row.SecondsPerVideo, $row.BitsPerToken)
        }
    ) | Set-Content -LiteralPath ./families.md
    $codecs = $Preset | ForEach-Object { Get-TinySoraConfig (Config $_) -Key *.codec } | Where-Object Key -EQ tokens.codec
    $codecs.Value | Select-Object -Unique | ForEach-Object { Measure-TinySoraTokenEntropy $_ }
    Get-Content -LiteralPath ./families.md
}
finally {
    Pop-Location
}
