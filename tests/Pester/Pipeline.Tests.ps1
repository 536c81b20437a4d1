BeforeAll {
    . $PSScriptRoot/Setup.ps1
    Push-Location
    $result = New-TinyRun (Join-Path $TestDrive 'a b')
}

AfterAll { Pop-Location }

Describe 'From data to video' {
    It 'trains on a dataset from the pipeline' {
        $result.Step | Should -Be 3
        $result.StoppedBecause | Should -Be 'Completed'
        Test-Path -LiteralPath $result.Checkpoint | Should -BeTrue
    }

    It 'generates one video per table row, with the settings of the row' {
        Set-Content prompts.csv 'Prompt,Seed,OutputName', 'a red circle,5,first', 'a blue star,,'
        $videos = Import-Csv prompts.csv | Invoke-TinySoraGenerate -OutputPath table
        $videos.Count | Should -Be 2
        $videos[0].Seed | Should -Be 5
        Split-Path -Leaf $videos.Path | Should -Be 'first.gif', 'a_blue_star.gif'
        foreach ($video in $videos) { Test-Path -LiteralPath $video.Path | Should -BeTrue }
    }

    It 'tests a model with a table, whose rows the example turns into Pester tests' {
        Set-Content rows.csv 'Prompt,Seed,MaxChange,MinChange', 'a red circle,1,1,', 'a red circle,2,,1'
        (Test-TinySoraModel ./saved_models -Path rows.csv).Passed | Should -Be $true, $false
        $example = Resolve-Path $PSScriptRoot/../../examples/model.Tests.ps1
        Set-Content pester.ps1 "Import-Module '$((Get-Module Pester).ModuleBase)/Pester.psd1', '$module'",
            "`$container = New-PesterContainer -Path '$example' -Data @{ Model = './saved_models'; Table = '$PWD/rows.csv' }",
            '$run = Invoke-Pester -Container $container -PassThru -Output None', '$run.PassedCount; $run.FailedCount'
        & $pwsh -NoProfile -File pester.ps1 | Should -Be '1', '1'
    }

    It 'fails a script if too few rows pass, after writing the results and the report' {
        Set-Content rows.csv 'Prompt,Seed,MaxChange,MinChange', 'a red circle,1,1,', 'a red circle,2,,1'
        Set-Content night.ps1 "`$ErrorActionPreference = 'Stop'", "Import-Module '$module'", 'Test-TinySoraModel -Path rows.csv -MinShare 0.9 -ReportPath night.xml | ForEach-Object Passed'
        & $pwsh -NoProfile -File night.ps1 2>$null | Should -Be 'True', 'False'
        $LASTEXITCODE | Should -Be 1
        ([xml](Get-Content night.xml -Raw)).testsuites.failures | Should -Be 1
    }

    It 'reports an unusable temporary folder' {
        Set-Content temporary.ps1 "Import-Module '$module'", "`$env:TMPDIR = `$env:TEMP = `$env:TMP = '$PWD/nowhere'",
            'try { Test-TinySoraResume tiny.yaml data -Steps 2 -ErrorAction Stop } catch { $_.FullyQualifiedErrorId }'
        & $pwsh -NoProfile -File temporary.ps1 2>$null | Should -BeLike 'TinySora.Runtime.NoTemporaryFolder,*'
    }

    It 'accepts prompts from JSON and from lines of text' {
        Set-Content prompts.json '[{"Prompt": "a red circle", "Seed": 5, "GuidanceScale": 1.5}, {"Prompt": "a blue star", "Seed": null}]'
        $videos = Get-Content prompts.json | ConvertFrom-Json | Invoke-TinySoraGenerate -OutputPath json
        $videos.Prompt | Should -Be 'a red circle', 'a blue star'
        $videos[0].Seed | Should -Be 5
        $videos[0].GuidanceScale | Should -Be 1.5
        Set-Content prompts.txt 'a red circle', 'a blue star'
        (Get-Content prompts.txt | Invoke-TinySoraGenerate -OutputPath lines).Prompt | Should -Be 'a red circle', 'a blue star'
    }

    It 'samples rows in batches, generates only missing videos, and stops early' {
        $rows = 1..6 | ForEach-Object { [pscustomobject]@{ Prompt = 'a red circle'; Seed = $_; OutputName = "v$_" } }
        ($rows | Invoke-TinySoraGenerate -OutputPath rows).BatchLength | Should -Be 1, 4, 4, 4, 4, 1
        Remove-Item rows/v3.gif
        ($rows | Invoke-TinySoraGenerate -OutputPath rows).Skipped | Should -Be $true, $true, $false, $true, $true, $true
        $rows | Invoke-TinySoraGenerate -OutputPath few | Select-Object -First 1 | Should -Not -BeNullOrEmpty
        (Get-ChildItem few).Count | Should -Be 1
    }

    It 'reports an invalid value as an error of its row' {
        $rows = [pscustomobject]@{ Prompt = 'a red circle'; Seed = 'five' }, [pscustomobject]@{ Prompt = 'a blue star'; Seed = '6' }
        $videos = $rows | Invoke-TinySoraGenerate -OutputPath bad-value -ErrorAction SilentlyContinue -ErrorVariable failures
        @($videos).Prompt | Should -Be 'a blue star'
        $failures.Count | Should -Be 1
    }

    It 'accepts several prompts, hashtables, and blank lines' {
        (Invoke-TinySoraGenerate 'a red circle', 'a blue star' -OutputPath several).Prompt | Should -Be 'a red circle', 'a blue star'
        $videos = @{ Prompt = 'a red circle'; Seed = 5; Steps = 1 }, [ordered]@{ text = 'a blue star'; count = 2 } | Invoke-TinySoraGenerate -OutputPath tables
        $videos.Prompt | Should -Be 'a red circle', 'a blue star', 'a blue star'
        $videos[0].Seed, $videos[0].Steps, $videos[1].Steps | Should -Be 5, 1, 2
        (, ('a red circle', 'a blue star', 'a red star') | Invoke-TinySoraGenerate -OutputPath array).Prompt.Count | Should -Be 3
        ('', 'a red circle', '  ', 'a blue star' | Invoke-TinySoraGenerate -OutputPath blank -ErrorAction Stop).Prompt | Should -Be 'a red circle', 'a blue star'
    }

    # In Turkish, the lower case of I is not i. Skipped if .NET has no cultures.
    It 'accepts values in any case in Turkish: <line>' -Skip:$(try { ([cultureinfo]'tr-TR').TextInfo.ToLower('I') -eq 'i' } catch { $true }) -ForEach @(
        @{ line = "Invoke-TinySoraGenerate 'a red circle' -Format GIF -Sampler DDIM -Weights TRAINING -Device CPU -OutputPath turkish" }
        @{ line = "Invoke-TinySoraGenerate 'a red circle' -OutputPath turkish -OutputName still.GIF -Set @{ SAMPLER = 'DDIM' }" }
        @{ line = 'New-TinySoraDataset turkish-data -Kind SHAPES -Count 2 -ImageSize 16 -Frames 2 -Format GIF' }
        @{ line = 'New-TinySoraDataset turkish-pieces -Kind VIDEOS -Source data -ImageSize 16 -Frames 2 -CaptionChoice FIRST -Format GIF' }
        @{ line = 'Export-TinySoraCheckpoint -Path BEST turkish.safetensors -Format SAFETENSORS -DataType FLOAT16 -Weights TRAINING' }
        @{ line = 'Export-TinySoraCheckpoint -Path LATEST turkish.pt -Format PYTORCH -Form CHECKPOINT' }
        @{ line = 'Get-TinySoraConfig SHAPES-QUICK -Key TRAINER.TRAIN_*' }
        @{ line = "Start-TinySoraTraining tiny.yaml -ResultsPath turkish-run -MaxSteps 1 -Set @{ 'DIFFUSION.SAMPLER' = 'DDIM'; 'TRAINER.LR_SCHEDULE' = 'COSINE' }" }
        @{ line = 'Find-TinySoraLearningRate tiny.yaml -Steps 10 -ChartPath turkish.PNG -InitialCheckpoint LATEST' }
    ) {
        $before = [cultureinfo]::CurrentCulture
        try {
            [cultureinfo]::CurrentCulture = 'tr-TR'
            'I'.ToLower() | Should -BeExactly ([string][char]0x131)
            & ([scriptblock]::Create($line)) | Should -Not -BeNullOrEmpty
        }
        finally {
            [cultureinfo]::CurrentCulture = $before
        }
    }

    It 'shows runs, videos and results distinguishably in 80 columns' {
        Start-TinySoraTraining tiny.yaml -ResultsPath seen/one | Out-Null
        Start-TinySoraTraining tiny.yaml -ResultsPath seen/two | Out-Null
        foreach ($name in 'one', 'two') {
            Get-TinySoraCheckpoint seen/* | Out-String -Width 80 | Should -BeLike "*./seen/$name/step-0*" -Because 'checkpoints'
            Get-TinySoraRun seen | Out-String -Width 80 | Should -BeLike "*./seen/$name*" -Because 'runs'
            Compare-TinySoraRun seen | Out-String -Width 80 | Should -Match "(?m)^$name " -Because 'comparisons'
        }
        (Get-TinySoraConfig -Key model.stem | Out-String -Width 80) -split "`n" | Where-Object Length -GT 81 | Should -BeNullOrEmpty
        Get-TinySoraConfig -Key model.stem | Out-String -Width 80 | Should -BeLike '*Height and width of the*'
    }

    It 'accepts the name of a configuration from the pipeline' {
        ('tiny.yaml' | Start-TinySoraTraining -ResultsPath named).Step | Should -Be 3
        ('tiny.yaml' | Test-TinySoraResume -Steps 2).Equal | Should -BeTrue
        "$('tiny.yaml' | Find-TinySoraLearningRate -Steps 10)" | Should -BeLike '*tiny.yaml: *'
    }

    It 'rejects texts that PowerShell would convert to other numbers' -ForEach @(
        @{ column = 'GuidanceScale'; value = '2,5' }, @{ column = 'Steps'; value = '2.5' }, @{ column = 'Seed'; value = '1,000' }
    ) {
        $rows = [pscustomobject]@{ Prompt = 'a red circle'; $column = '' }, [pscustomobject]@{ Prompt = 'a blue star'; $column = $value }
        $videos = $rows | Invoke-TinySoraGenerate -OutputPath "made-up-$column" -ErrorAction SilentlyContinue -ErrorVariable failures
        @($videos).Prompt | Should -Be 'a red circle'
        $failures.Count | Should -Be 1
        "$($failures[0])" | Should -BeLike "$column of row 2 is '$value'*"
        $arguments = @{ $column = $value }
        { Invoke-TinySoraGenerate 'a red circle' @arguments -OutputPath "made-up-$column" } | Should -Throw "*$value (not a plain *number)*"
    }

    It 'trains all combinations of values and compares the runs' {
        $values = @{ 'trainer.train_lr' = 1e-4, 3e-4; 'diffusion.objective' = 'v', 'noise' }
        (Start-TinySoraTraining tiny.yaml -Set $values -ResultsPath lab).StoppedBecause | Should -Be (@('Completed') * 4)
        (Start-TinySoraTraining tiny.yaml -Set $values -ResultsPath lab).StoppedBecause | Should -Be (@('AlreadyComplete') * 4)
        $compared = Compare-TinySoraRun lab -ContactSheet lab.png -Prompt 'a red circle moving right'
        $compared.Settings | Should -Contain 'objective=noise, train_lr=0.0003'
        $compared | Out-String -Width 200 | Should -Match 'Loss +Adherence +Settings'
        Test-Path lab.png | Should -BeTrue
    }

    It 'accepts strings, checkpoints, training results and its own videos from the pipeline' {
        ('a red circle', 'a blue star' | Invoke-TinySoraGenerate -OutputPath strings).Count | Should -Be 2
        (Get-TinySoraCheckpoint | Select-Object -Last 1 | Invoke-TinySoraGenerate -Prompt 'a red circle' -OutputPath checkpoint).Count | Should -Be 1
        ($result | Invoke-TinySoraGenerate -Prompt 'a red circle' -OutputPath result).Checkpoint | Should -Be $result.Checkpoint
        $video = Get-Item strings/a_red_circle.gif | ForEach-Object { Invoke-TinySoraGenerate 'a red circle' -OutputPath again1 -Seed 3 }
        $again = $video | Invoke-TinySoraGenerate -OutputPath again2
        (Get-FileHash -LiteralPath $again.Path).Hash | Should -Be (Get-FileHash -LiteralPath $video.Path).Hash
    }

    It 'accepts a checkpoint as a path, as an object or by its step' {
        $checkpoint = Get-TinySoraCheckpoint -Latest
        foreach ($form in $checkpoint, $checkpoint.Path, $checkpoint.Step, $result, (Get-Item $checkpoint.Path)) {
            (Invoke-TinySoraGenerate 'a red circle' -Checkpoint $form -OutputPath forms -Force).Checkpoint | Should -Be $checkpoint.Path
        }
        (Start-TinySoraTraining tiny.yaml -DataPath (Get-TinySoraDataset data) -ResultsPath form -InitialCheckpoint 3).Step | Should -Be 3
        (Get-TinySoraCheckpoint $result).Path | Should -Be $checkpoint.Path
        $videos = Invoke-TinySoraGenerate 'a red circle' -Count 2 -OutputPath forms -OutputName two
        (Get-TinySoraRecipe $videos).Count | Should -Be 2
    }

    It 'accepts files from Get-ChildItem' {
        $sheet = Get-ChildItem data -Filter *.gif | Export-TinySoraContactSheet -OutputPath sheet.png -Force
        $sheet.Length | Should -BeGreaterThan 1000
        (Get-ChildItem saved_models -Filter *.safetensors | Get-TinySoraCheckpoint).Step | Should -Be 3
        (Get-ChildItem data -Filter *.gif | New-TinySoraDataset clips -Frames 2 -ImageSize 16 -FramesPerSecond 10).Count | Should -Be 40
        (Get-ChildItem saved_models -Filter *.safetensors | Invoke-TinySoraGenerate -Prompt 'a red circle' -OutputPath file).Frames | Should -Be 2
    }

    It 'does not mistake an object for a prompt' {
        { [pscustomobject]@{ Promt = 'a red circle' } | Invoke-TinySoraGenerate -OutputPath none -ErrorAction Stop } |
            Should -Throw -ErrorId 'TinySora.Input.NoPrompt,*'
        Test-Path none | Should -BeFalse
    }

    It 'stops when Select-Object stops the pipeline' {
        Invoke-TinySoraGenerate 'a red circle' -Count 4 -OutputPath enough | Select-Object -First 1 | Should -Not -BeNullOrEmpty
        (Get-ChildItem enough).Count | Should -Be 1
    }

    It 'reproduces videos from their recipes, also through a table' {
        Invoke-TinySoraGenerate 'a red circle' -Count 3 -OutputPath recipes | Out-Null
        $again = Get-TinySoraRecipe recipes/*.gif | Invoke-TinySoraGenerate -OutputPath recipes
        Split-Path -Leaf $again.Path | Should -Be 'a_red_circle_0_remade.gif', 'a_red_circle_1_remade.gif', 'a_red_circle_2_remade.gif'
        foreach ($index in 0..2) {
            (Get-FileHash "recipes/a_red_circle_${index}_remade.gif").Hash | Should -Be (Get-FileHash "recipes/a_red_circle_$index.gif").Hash
        }
        Get-ChildItem recipes/*_1.gif | Get-TinySoraRecipe | Export-Csv recipes/table.csv
        $row = Import-Csv recipes/table.csv | Invoke-TinySoraGenerate -OutputPath recipes/table
        (Get-FileHash $row.Path).Hash | Should -Be (Get-FileHash recipes/a_red_circle_1.gif).Hash
        (Invoke-TinySoraGenerate 'a red circle' -OutputPath recipes -Format png | Get-TinySoraRecipe).Prompt | Should -Be 'a red circle'
    }

    It 'needs no prompt for a model without text' {
        Set-Content none.yaml ($tinyConfig -replace 'learned', 'none' -replace 'cond_dim: 16')
        $video = Start-TinySoraTraining none.yaml -MaxSteps 1 -ResultsPath none | Invoke-TinySoraGenerate -OutputPath none
        Split-Path -Leaf $video.Path | Should -Be 'video.gif'
        $again = $video | Get-TinySoraRecipe | Invoke-TinySoraGenerate -Checkpoint none -OutputPath none
        (Get-FileHash $again.Path).Hash | Should -Be (Get-FileHash $video.Path).Hash
    }

    It 'streams the steps of a training' {
        $steps = Start-TinySoraTraining tiny.yaml -ResultsPath steps -PassThru
        $steps.Step | Should -Be 1, 2, 3, 3
        $steps[-1].StoppedBecause | Should -Be 'Completed'
        $steps = $steps[0..2]
        ($steps | Measure-Object Loss -Average).Average | Should -BeGreaterThan 0
        $steps[-1].Checkpoint | Should -BeLike '*step-00000003.safetensors'
        $steps | Out-String -Width 200 | Should -Match 'Step +Loss +LearningRate +GradientNorm +Clips/s +Checkpoint +Sample'
    }

    It 'saves a checkpoint when Select-Object stops the pipeline' {
        Set-Content long.yaml ($tinyConfig -replace 'train_num_steps: 3', 'train_num_steps: 1000000')
        (Start-TinySoraTraining long.yaml -ResultsPath enough -PassThru | Select-Object -First 2).Step | Should -Be 1, 2
        (Get-TinySoraCheckpoint enough -Latest).Step | Should -BeIn (2..999999)
    }

    It 'rejects -Force together with -Resume' {
        { Start-TinySoraTraining tiny.yaml -Force -Resume } | Should -Throw -ErrorId 'AmbiguousParameterSet,*'
    }

    It 'measures adherence' {
        $shares = Measure-TinySoraAdherence -Summary
        $shares.Aspect | Should -Contain 'Color'
        $shares[0].Clips | Should -Be 24
    }

    It 'draws the loss curve' {
        ($result | Export-TinySoraLossCurve -Force).Name | Should -Be 'loss.png'
    }
}

Describe 'Objects as files' {
    It 'convert to their paths' {
        Start-TinySoraTraining tiny.yaml -ResultsPath 'kept' | Out-Null
        $checkpoint = Get-TinySoraCheckpoint kept
        "$checkpoint" | Should -Be $checkpoint.Path
        Copy-Item $checkpoint copied.safetensors
        'copied.safetensors' | Should -Exist
        $video = Invoke-TinySoraGenerate 'a red circle' -OutputPath copies
        $video | Copy-Item -Destination copied.gif
        (Get-FileHash copied.gif).Hash | Should -Be (Get-FileHash $video).Hash
        $video.PSPath | Should -Be $video.Path
        $video | ConvertTo-Json | Should -Not -Match 'PSPath'
        $checkpoint | Remove-Item
        $checkpoint.Path | Should -Not -Exist
        Get-TinySoraRun kept | Remove-Item -Recurse -Force
        'kept' | Should -Not -Exist
        (Get-TinySoraDataset data | Get-ChildItem -Filter *.gif).Count | Should -Be 40
    }

    It 'look and bind like those of Get-Item' {
        $file = New-TinySoraConfig './one [1].yaml'
        $file | Out-String | Should -Match '(?s)Directory: .+Mode.+-[-ar]+.+one \[1\]\.yaml'
        ($file | Get-Item).Name | Should -Be 'one [1].yaml'
        $file | Remove-Item
        Test-Path -LiteralPath 'one [1].yaml' | Should -BeFalse
    }

    It 'export readable lists and times to a table' {
        $row = Invoke-TinySoraGenerate 'a red glimpf and tyx' -OutputPath csv -WarningAction Ignore | ConvertTo-Csv | ConvertFrom-Csv
        $row.UnknownWords | Should -Be 'glimpf, and, tyx'
        [TimeSpan]$row.Elapsed | Should -BeOfType TimeSpan
        (Start-TinySoraTraining tiny.yaml -ResultsPath csv-steps -PassThru).Elapsed | Should -BeOfType TimeSpan
    }

    It 'reproduce videos from a table with their paths' {
        Invoke-TinySoraGenerate 'a red circle' -Seed 3 -OutputPath paths | Select-Object Prompt, Seed, Path | Export-Csv paths.csv
        (Import-Csv paths.csv | Invoke-TinySoraGenerate -OutputPath paths2).Seed | Should -Be 3
    }
}

Describe 'Exchange with PyTorch' {
    It 'exports a checkpoint and imports it again' {
        $file = Get-TinySoraCheckpoint | Export-TinySoraCheckpoint -OutputPath exchange
        $file.Name | Should -Be 'model-step-3.pt'
        $checkpoint = Get-ChildItem exchange -Filter *.pt | Import-TinySoraCheckpoint -ResultsPath imported
        $checkpoint.Step | Should -Be 3
        ($checkpoint | Invoke-TinySoraGenerate -Prompt 'a red circle' -OutputPath imported-out).Frames | Should -Be 2
        Import-TinySoraCheckpoint exchange imported -WhatIf -Force
        { Import-TinySoraCheckpoint exchange imported -ErrorAction Stop } | Should -Throw -ErrorId 'TinySora.Input.OutputExists,*'
    }

    It 'generates from a safetensors file of half the size' {
        $file = Export-TinySoraCheckpoint saved_models -Format Safetensors -DataType BFloat16 -OutputPath exchange
        $file | Invoke-TinySoraGenerate -Prompt 'a red circle' -OutputPath half-out | Should -Not -BeNullOrEmpty
    }

    It 'rejects a checkpoint that would run code, with the name of the function' {
        Set-Content evil.pt -AsByteStream -Value ([byte[]](0x80, 2) + [Text.Encoding]::ASCII.GetBytes("cos`nsystem`n)R."))
        { Import-TinySoraCheckpoint evil.pt imported -ErrorAction Stop } | Should -Throw '*os.system*' -ErrorId 'TinySora.Checkpoint.RunsCode,*'
    }
}

Describe 'WhatIf and Confirm' {
    It 'writes nothing with -WhatIf' {
        New-TinySoraDataset whatif -Count 1 -WhatIf
        Start-TinySoraTraining tiny.yaml -ResultsPath whatif -WhatIf
        Invoke-TinySoraGenerate 'a red circle' -OutputPath whatif -WhatIf
        New-TinySoraConfig whatif/x.yaml -WhatIf
        Export-TinySoraContactSheet data -OutputPath whatif/x.png -WhatIf
        Export-TinySoraLossCurve -OutputPath whatif/x.png -WhatIf
        Export-TinySoraCheckpoint saved_models -OutputPath whatif/x.pt -WhatIf
        Test-Path whatif | Should -BeFalse
        Get-TinySoraCheckpoint | Remove-TinySoraCheckpoint -WhatIf
        (Get-TinySoraCheckpoint).Count | Should -Be 1
    }

    It 'writes with -WhatIf:$false, which overrides $WhatIfPreference' {
        $WhatIfPreference = $true
        New-TinySoraConfig false.yaml -WhatIf:$false | Should -Not -BeNullOrEmpty
        New-TinySoraConfig true.yaml
        Test-Path false.yaml | Should -BeTrue
        Test-Path true.yaml | Should -BeFalse
    }

    It 'deletes with -Confirm:$false' {
        Start-TinySoraTraining tiny.yaml -ResultsPath remove | Get-TinySoraCheckpoint | Remove-TinySoraCheckpoint -Confirm:$false
        Get-ChildItem remove -Filter *.safetensors | Should -BeNullOrEmpty
    }
}

Describe 'Errors' {
    It 'contain id, category, target and advice' {
        Get-TinySoraCheckpoint nowhere -ErrorVariable failure -ErrorAction SilentlyContinue
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'TinySora.Checkpoint.NotFound,*'
        $failure[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $failure[0].TargetObject | Should -Be (Join-Path (Get-Location).ProviderPath nowhere)
        $failure[0].ErrorDetails.RecommendedAction | Should -Match 'Start-TinySoraTraining|results folder|path'
    }

    It 'in one row do not affect other rows' {
        Set-Content bad.csv 'Prompt,Sampler', 'a red circle,none', 'a blue star,'
        $videos = Import-Csv bad.csv | Invoke-TinySoraGenerate -OutputPath bad -ErrorAction SilentlyContinue -ErrorVariable failures
        @($videos).Count | Should -Be 1
        $failures.Count | Should -Be 1
    }

    It 'stop the script with -ErrorAction Stop' {
        Invoke-TinySoraGenerate 'a red circle' -OutputPath twice.gif
        { Invoke-TinySoraGenerate 'a red circle' -Steps 3 -OutputPath twice.gif -ErrorAction Stop } |
            Should -Throw -ErrorId 'TinySora.Generation.OutputExists,*'
    }

    It 'in the command line end the pipeline' {
        { 'a', 'b' | Invoke-TinySoraGenerate -Checkpoint nowhere } | Should -Throw -ErrorId 'TinySora.Checkpoint.NotFound,*'
        { Start-TinySoraTraining nowhere.yaml } | Should -Throw -ErrorId 'TinySora.Config.FileMissing,*'
    }

    It 'in a configuration are reported one by one, with a result' {
        Set-Content wrong.yaml "model:`n  dims: 8`n  init_kernel_size: 4"
        Test-TinySoraConfig wrong.yaml -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeFalse
        $problems.Count | Should -Be 2
        Test-TinySoraConfig tiny.yaml | Should -BeTrue
    }

    It 'name paths outside the file system' {
        { New-TinySoraConfig Env:/x.yaml -ErrorAction Stop } | Should -Throw -ErrorId 'TinySora.Input.NotAFile,*'
    }
}

Describe 'Paths' {
    It 'with brackets and spaces are literal' {
        $checkpoint = Start-TinySoraTraining tiny.yaml -ResultsPath './run [1]' | Get-TinySoraCheckpoint
        $checkpoint.Path | Should -BeLike '*run `[1`]?step-00000003.safetensors'
        ($checkpoint | Invoke-TinySoraGenerate -Prompt 'a red circle' -OutputPath 'out [2]' | Export-TinySoraContactSheet -OutputPath 'sheet [3].png').Name |
            Should -Be 'sheet [3].png'
    }

    It 'are relative to the location, including drives' {
        New-PSDrive -Name Films -PSProvider FileSystem -Root (Get-Location).ProviderPath | Out-Null
        Push-Location -LiteralPath Films:/data
        try {
            (New-TinySoraConfig here.yaml).FullName | Should -BeLike '*data?here.yaml'
            (Get-TinySoraCheckpoint Films:/saved_models).Step | Should -Be 3
        }
        finally {
            Pop-Location
            Remove-PSDrive Films
        }
    }
}

Describe 'Views' {
    It 'show complete relative paths, and states in color' {
        $checkpoint = Get-TinySoraCheckpoint
        $checkpoint | Out-String -Width 80 | Should -Match ' \.[/\\]saved_models[/\\]step'
        $checkpoint | Out-String -Width 200 | Should -Match ' \.[/\\]saved_models[/\\]step-00000003\.safetensors'
        $far = Join-Path (Get-Location) ('x' * 200) 'step-00000003.safetensors'
        & (Get-Module TinySora) Show-Path $far | Should -Be $far
        Get-TinySoraRun | Out-String -Width 80 | Should -Match 'saved_models'
        $before = $PSStyle.OutputRendering
        try {
            $PSStyle.OutputRendering = 'Ansi'
            & (Get-Module TinySora) Show-State 'Failed' | Should -Be "$($PSStyle.Foreground.Red)Failed$($PSStyle.Reset)"
            & (Get-Module TinySora) Show-State 'Completed' | Should -Be 'Completed'
        }
        finally {
            $PSStyle.OutputRendering = $before
        }
    }

    It 'list the runs that match a pattern and skip other folders' {
        (Get-TinySoraRun ./*).ResultsPath | Should -Contain (Join-Path (Get-Location) saved_models)
        Get-TinySoraRun ./dat* -ErrorAction Stop | Should -BeNullOrEmpty
        { Get-TinySoraRun ./data -ErrorAction Stop } | Should -Throw -ErrorId 'TinySora.Training.NoRun,*'
    }

    It 'show checkpoints as a table with readable sizes' {
        Get-TinySoraCheckpoint | Out-String -Width 200 | Should -Match 'Step +Loss +Best +SavedAt +Size +Path'
        Get-TinySoraCheckpoint | Out-String -Width 200 | Should -Match '\d\.\d MB'
    }

    It 'show any object as a table and as a list' {
        Get-TinySoraCheckpoint | Format-List | Out-String | Should -Match '(?m)^Size +: \d+\.\d MB'
        Get-TinySoraDataset data | Out-String | Should -Match '(?m)^Sizes +: \{16x16'
        Get-TinySoraDataset data | Format-Table | Out-String | Should -Match 'Captioned +Words +Duration +Size'
        Get-TinySoraDevice | Format-Table | Out-String | Should -Match 'LibTorch +Threads'
    }

    It 'sort objects by their keys' {
        (Get-TinySoraConfig -Key trainer.* | Sort-Object).Key[0] | Should -Be 'trainer.adam_beta1'
    }

    It 'show configuration keys with their descriptions' {
        Get-TinySoraConfig -Key model.dim | Out-String -Width 200 | Should -Match 'model\.dim +64 +64 +Base number of channels'
    }
}
