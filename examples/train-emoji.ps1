<#
.SYNOPSIS
Trains models/emoji.safetensors, the bundled model for emoji.
.DESCRIPTION
Takes about eight hours on two cores. Rerun the same command to resume. The figures in the file's note are measured on combinations of a noun
and a motion, or of two nouns and a relation, that were used neither for training nor for choosing the recipe. Requires the font Noto Color Emoji (Debian's fonts-noto-color-emoji).
.EXAMPLE
./examples/train-emoji.ps1 -Path ./emoji-run
#>
[CmdletBinding()]
param(
    # Folder for clips, checkpoints and the finished model.
    [string] $Path = './emoji-run',
    [int] $MeasuredPrompts = 1000
)
$ErrorActionPreference = 'Stop'
if (-not (Get-Module TinySora)) { Import-Module TinySora }

# Paraphrases come first. Captions in the most common words then make nouns clearer, and new clips with both kinds of captions make everything clearer. The
# next parts add two things in a relation, and the last two parts groups. The first three parts of the bundled model were trained when all paraphrases had
# articles, which the fourth part made optional, the first four before the preset had text attention, the first five when two things were smaller, the first
# six when things turned in both directions, and the first seven when orbits began anywhere and pairs moved in both directions. Verbs such as running and
# flying are new in the ninth part, and 'next to' and 'and' in the last two. The sixth part was stopped before its rate decreased.
$parts = @(
    @{ Content = 'One'; Captions = 6; Clips = 40000; Seed = 101; Rate = 0.0015; Steps = 90000 }
    @{ Content = 'One'; Captions = 1; Clips = 40000; Seed = 101; Rate = 0.001; Steps = 22000 }
    @{ Content = 'One'; Captions = 2; Clips = 60000; Seed = 303; Rate = 0.0012; Steps = 68000 }
    @{ Content = 'One'; Captions = 2; Clips = 23310; Seed = 505; Rate = 0.0007; Steps = 20000 }
    @{ Content = 'One', 'Relation'; Captions = 3; Clips = 60000; Seed = 606; Rate = 0.0012; Steps = 50000 }
    @{ Content = 'One', 'Relation'; Captions = 3; Clips = 60000; Seed = 707; Rate = 0.0012; Steps = 10732 }
    @{ Content = 'One', 'Relation'; Captions = 3; Clips = 36000; Seed = 808; Rate = 0.0012; Steps = 22000 }
    @{ Content = 'One', 'Relation'; Captions = 3; Clips = 60000; Seed = 909; Rate = 0.0012; Steps = 52000 }
    @{ Content = 'One', 'Relation'; Captions = 4; Clips = 60000; Seed = 1010; Rate = 0.0012; Steps = 30000 }
    @{ Content = 'One', 'Relation', 'Group'; Captions = 4; Clips = 64000; Seed = 1111; Rate = 0.0012; Steps = 60000 }
    @{ Content = 'One', 'Relation', 'Group'; Captions = 4; Clips = 64000; Seed = 1111; Rate = 0.0008; Steps = 20500; RunSeed = 1212 }
)
$world = @{ Kind = 'Sprites'; Background = 'Black'; ImageSize = 32; Frames = 5; ExcludeTuned = $true }
$start, $steps = @{}, 0
foreach ($number in 1..$parts.Count) {
    $part, $data = $parts[$number - 1], "$Path/data-$number"
    $world.Content, $world.CaptionCount = $part.Content, $part.Captions
    New-TinySoraDataset @world -Count $part.Clips -Seed $part.Seed -Path "$data/train"
    New-TinySoraDataset @world -Count 100 -Seed 1000000 -Path "$data/val"
    $settings = @{ 'trainer.train_lr' = $part.Rate; 'trainer.train_num_steps' = $part.Steps }
    $run = Start-TinySoraTraining emoji -Set $settings -DataPath $data -ResultsPath "$Path/run-$number" -Seed ($part.RunSeed ?? $part.Seed) @start
    $start = @{ InitialCheckpoint = $run.Checkpoint }
    $steps += $run.Step
}

# Measures the exported file, which is rounded to bfloat16, not the run's checkpoint.
$model = "$Path/emoji.safetensors"
Export-TinySoraCheckpoint $run.Checkpoint -Format Safetensors -DataType BFloat16 -OutputPath $model -Force | Out-Null
$figures = foreach ($content in 'One', 'Relation', 'Group') {
    Measure-TinySoraAdherence $model -World Sprites -Content $content -PromptCount $MeasuredPrompts -Summary |
        Where-Object { $_.Aspect -eq "All of $content" -or ($content -eq 'One' -and $_.Aspect -in 'Noun', 'Motion') } |
        ForEach-Object { "$($_.Aspect) $((100 * $_.Share).ToString('0.0', [cultureinfo]::InvariantCulture)) %" }
}
$note = "emoji, $steps steps, $($steps * 8) clips seen of 463310 drawn, trained by examples/train-emoji.ps1. " +
    "Measured after the export to bfloat16, held-out combinations, $MeasuredPrompts prompts each: $($figures -join ', ')."
Export-TinySoraCheckpoint $run.Checkpoint -Format Safetensors -DataType BFloat16 -OutputPath $model -Note $note -Force
