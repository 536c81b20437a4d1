<#
.SYNOPSIS
Reproduces a row of dev/log.md: trains one recipe with five seeds and measures it on prompts that were used neither for training nor for choosing the recipe.
.DESCRIPTION
A recipe is a file in examples/learn with these keys:
Preset, Set: the preset, and the keys that differ from it.
Autoencoder, AutoencoderSet: the same for an autoencoder, which is trained for each seed.
Start, Word: the model to fine-tune, and the new word that the model learns; prompts with this word get their own row.
Clips: number of clips to train on, 2000 by default.
Films: the CSV with the captions of your own videos, which are expected in the folder films in -Path.
Sprites: for the sprite world instead of the shapes world: the name of a file in the folder worlds next to the recipe, with further parameters of New-TinySoraDataset.

Writes the result of each seed, and the row for the table, to a folder named like the recipe. The TFLOP include all training that the model needs, even that of
a bundled autoencoder. Rerun the same command to resume.
.EXAMPLE
./examples/learn.ps1 quick-700
.EXAMPLE
./examples/learn.ps1 ./my-recipe.psd1 -Tune -Seeds 3
#>
[CmdletBinding()]
param(
    # The name of a file in examples/learn, or a path.
    [Parameter(Mandatory)]
    [string] $Recipe,
    [ValidateRange(1, 100)]
    [int] $Seeds = 5,
    # Measures on the prompts for choosing recipes instead of those for the final result.
    [switch] $Tune,
    # Folder for clips and runs.
    [string] $Path = './learn',
    [int] $MeasuredClipsEach = 21
)
$ErrorActionPreference = 'Stop'
if (-not (Get-Module TinySora)) { Import-Module TinySora }

$file = if ($Recipe -like '*.psd1') { $Recipe } else { Join-Path $PSScriptRoot "learn/$Recipe.psd1" }
$name = [IO.Path]::GetFileNameWithoutExtension($file)
$known = Import-PowerShellDataFile -LiteralPath $file
$unknown = $known.Keys | Where-Object { $_ -notin 'Preset', 'Set', 'Autoencoder', 'AutoencoderSet', 'Start', 'Word', 'Clips', 'Films', 'Sprites' }
if ($unknown) { throw "$file has an unknown key '$unknown'. Valid keys are Preset, Set, Autoencoder, AutoencoderSet, Start, Word, Clips, Films and Sprites." }
$clips = if ($known.Clips) { $known.Clips } else { 2000 }
$split = if ($Tune) { 'Tuned' } else { 'Judged' }

New-Item -ItemType Directory -Path "$Path/$name" -Force | Out-Null
$root = Convert-Path -LiteralPath $Path
$text = Get-Content -LiteralPath $file -Raw
$made = "$root/$name/recipe.psd1"
if ((Test-Path -LiteralPath $made) -and (Get-Content -LiteralPath $made -Raw) -ne $text -and
    (Get-ChildItem -LiteralPath "$root/$name" -Recurse -Include metrics.jsonl, *.json)) {
    throw "$root/$name holds results of another recipe with this name. Remove the folder, or rename the recipe."
}
Set-Content -LiteralPath $made $text -NoNewline
$recipes = Split-Path (Convert-Path -LiteralPath $file)
$films = if ($known.Films) { Convert-Path -LiteralPath (Join-Path $recipes $known.Films) }
$sprites = if ($known.Sprites) { Import-PowerShellDataFile -LiteralPath "$recipes/worlds/$($known.Sprites).psd1" }
foreach ($key in 'Source', 'NamePath', 'PhotographPath') {
    if ($sprites.$key) { $sprites.$key = Convert-Path -LiteralPath (Join-Path "$recipes/worlds" $sprites.$key) }
}
$world = if ($known.Word -eq 'heart') { @{ Shape = 'circle', 'square', 'triangle', 'star', 'heart' } }
    elseif ($known.Word) { @{ Color = 'red', 'green', 'blue', 'yellow', 'purple', 'orange', 'white', 'cyan', $known.Word } } else { @{} }
$data = "$root/clips-$clips" + $(if ($known.Word) { "-$($known.Word)" } elseif ($sprites) { "-$($known.Sprites)" })
if ($films) {
    if ($Tune) { throw '-Tune requires a recipe for the shapes world, because a recipe with Films has no prompts for choosing recipes. Omit -Tune.' }
    if (-not (Test-Path -LiteralPath "$root/films")) {
        throw "The folder $root/films does not exist. Put the videos that $films lists into this folder. Debian's package python3-mecavideo has the videos of examples/films.csv."
    }
    $data = "$root/clips-of-$([IO.Path]::GetFileNameWithoutExtension($films))"
    New-TinySoraDataset -Source "$([WildcardPattern]::Escape($root))/films/*" -CaptionPath $films -ImageSize 64 -Frames 16 -FramesPerSecond 25 -Stride 0.04 -Path $data | Out-Null
} else {
    $kind = if ($sprites) { @{ Kind = 'Sprites' } + $sprites } else { @{ Kind = 'Shapes' } + $world }
    New-TinySoraDataset @kind -ExcludeTuned -Count $clips -Path "$data/train" | Out-Null
    New-TinySoraDataset @kind -ExcludeTuned -Count 100 -Seed 1000000 -Path "$data/val" | Out-Null
}

function Train([string] $preset, $set, [int] $seed, $start) {
    $changes = if ($set) { $set } else { @{} }
    $more = if ($start) { @{ InitialCheckpoint = $start } } else { @{} }
    Start-TinySoraTraining $preset -Set $changes -DataPath $data -ResultsPath "./$preset" -Seed $seed @more | Out-Null
    # Training time over all interrupted runs, from the metrics.
    (Get-Content -LiteralPath "./$preset/metrics.jsonl" | ConvertFrom-Json | Measure-Object elapsed -Maximum).Maximum / 60
}

# Adherence in percent by aspect.
function MeasureShapes($run) {
    $result = @{}
    foreach ($word in @(@{}; if ($known.Word) { @{ Word = $known.Word } })) {
        Measure-TinySoraAdherence $run -Split $split @word -Count $MeasuredClipsEach -Summary | ForEach-Object {
            $result["$($word.Word)$($_.Aspect)"] = 100 * $_.Share
            $result['Tflop'] = $_.Tflop
        }
    }
    $result
}

# The same for the sprite world. Sources and names are those of the dataset.
function MeasureSprites($run) {
    $result = @{}
    $pictures = @{}
    foreach ($key in 'Source', 'NamePath', 'Content') { if ($sprites.$key) { $pictures.$key = $sprites.$key } }
    Measure-TinySoraAdherence $run -World Sprites @pictures -Split $split -PromptCount (24 * $MeasuredClipsEach) -Summary | ForEach-Object {
        $result[$_.Aspect] = 100 * $_.Share
        $result['Tflop'] = $_.Tflop
    }
    $result
}

# Number of captions whose clips show their own scene, number of captions whose clips move 0.5 to 2 times as much as the training clips, and the minimum
# and maximum of that ratio.
function MeasureFilms($run) {
    $measured = Import-Csv -LiteralPath $films | Invoke-TinySoraGenerate -Checkpoint $run -Count 4 -OutputPath ./clips |
        Measure-TinySoraVideo -ReferencePath $data -ByCaption
    $ratios = @($measured | Where-Object ReferenceFlow | ForEach-Object { $_.Flow / $_.ReferenceFlow })
    @{
        Recognised = @($measured | Where-Object { $_.Caption -eq $_.NearestCaption }).Count
        Moves = @($ratios | Where-Object { $_ -ge 0.5 -and $_ -le 2 }).Count
        Slowest = ($ratios | Measure-Object -Minimum).Minimum
        Fastest = ($ratios | Measure-Object -Maximum).Maximum
        Tflop = (Get-TinySoraCheckpoint $run -Latest).Tflop
    }
}

# The median, with minimum and maximum in parentheses.
function Interval($values, [string] $form) {
    $sorted = @($values | Sort-Object)
    $middle = ($sorted[[math]::Floor(($sorted.Count - 1) / 2)] + $sorted[[math]::Floor($sorted.Count / 2)]) / 2
    $texts = $middle, $sorted[0], $sorted[-1] | ForEach-Object { $_.ToString($form, [cultureinfo]::InvariantCulture) }
    if ($texts[1] -eq $texts[2]) { $texts[0] } else { "$($texts[0]) ($($texts[1]) to $($texts[2]))" }
}

foreach ($seed in 1..$Seeds) {
    $folder = "$root/$name/seed-$seed"
    if (Test-Path -LiteralPath "$folder/$split-$MeasuredClipsEach.json") { continue }
    New-Item -ItemType Directory -Path $folder -Force | Out-Null
    Push-Location -LiteralPath $folder
    try {
        $minutes = 0
        if ($known.Autoencoder) { $minutes += Train $known.Autoencoder $known.AutoencoderSet $seed }
        $minutes += Train $known.Preset $known.Set $seed $known.Start
        $run = "./$($known.Preset)"
        $result = if ($films) { MeasureFilms $run } elseif ($sprites) { MeasureSprites $run } else { MeasureShapes $run }
        $result['Minutes'] = $minutes
        $result | ConvertTo-Json | Set-Content -LiteralPath "./$split-$MeasuredClipsEach.json"
    }
    finally {
        Pop-Location
    }
}

$results = 1..$Seeds | ForEach-Object { Get-Content -LiteralPath "$root/$name/seed-$_/$split-$MeasuredClipsEach.json" -Raw | ConvertFrom-Json }
# The key of each column in the results, and its number format.
$columns = if ($films) {
    [ordered]@{
        TFLOP = 'Tflop', '0.0'; recognised = 'Recognised', '0.#'; moves = 'Moves', '0.#'; 'least flow' = 'Slowest', '0.00'
        'greatest flow' = 'Fastest', '0.00'; minutes = 'Minutes', '0.0'
    }
} elseif ($sprites) {
    [ordered]@{
        TFLOP = 'Tflop', '0.0'; 'one thing %' = 'All of One', '0.0'; 'group %' = 'All of Group', '0.0'; 'relation %' = 'All of Relation', '0.0'
        'nouns %' = 'Noun', '0.0'; 'motion %' = 'Motion', '0.0'; minutes = 'Minutes', '0.0'
    }
} else {
    [ordered]@{
        TFLOP = 'Tflop', '0.0'; 'all three %' = 'All three', '0.0'; 'color %' = 'Color', '0.0'; 'shape %' = 'Shape', '0.0'; 'motion %' = 'Motion', '0.0'
        'one connected object %' = 'One connected object', '0.0'; minutes = 'Minutes', '0.0'
    }
}
$rows = foreach ($word in @(''; if ($known.Word) { $known.Word })) {
    $cells = foreach ($column in $columns.Values) {
        $key = if ($column[0] -in 'Tflop', 'Minutes') { $column[0] } else { "$word$($column[0])" }
        Interval ($results | ForEach-Object { [double]$_.$key }) $column[1]
    }
    "| ``$name``$(if ($word) { ", $word" }) | $Seeds | $($cells -join ' | ') |"
}
@("| recipe | seeds | $($columns.Keys -join ' | ') |", "|---|---|$('---|' * $columns.Count)") + $rows |
    Set-Content -LiteralPath "$root/$name/$split.md"
Get-Content -LiteralPath "$root/$name/$split.md"
