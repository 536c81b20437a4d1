BeforeDiscovery {
    $scripts = Get-ChildItem (Join-Path $PSScriptRoot ../../examples/schedule) -Filter *.ps1
}

BeforeAll {
    . $PSScriptRoot/Setup.ps1
    Push-Location
    Set-Location -LiteralPath (New-Item -ItemType Directory (Join-Path $TestDrive schedule))
    Set-Content tiny.yaml $tinyConfig
    New-TinySoraDataset data -Count 6 -ImageSize 16 -Frames 2 | Out-Null
    $folder = (Get-Location).ProviderPath
    $nightly = Join-Path $PSScriptRoot ../../examples/schedule/Train-Nightly.ps1
    function Invoke-Nightly([string] $Hours, [string] $Results = 'saved_models') {
        $command = "Import-Module '$module'; function Import-Module {}; & '$nightly' -Config tiny.yaml -DataPath data -ResultsPath '$Results' -Hours '$Hours'; exit `$LASTEXITCODE"
        Invoke-Pwsh '-Command', $command $folder
    }
    $now = '{0:HH:mm}-{1:HH:mm}' -f (Get-Date).AddHours(-1), (Get-Date).AddHours(1)
}

AfterAll { Pop-Location }

Describe 'Scheduled training' {
    It 'parses <_.Name>' -ForEach $scripts {
        $problems = $null
        [System.Management.Automation.Language.Parser]::ParseFile($_.FullName, [ref]$null, [ref]$problems) | Out-Null
        $problems | Should -BeNullOrEmpty
    }

    It 'trains, and then finds the training complete' {
        $said = Invoke-Nightly $now
        $said[0] | Should -BeLike "Found 6 clips in '*"
        $said[-1] | Should -Be 'Completed at step 3'
        $LASTEXITCODE | Should -Be 0
        @(Invoke-Nightly $now)[-1] | Should -Be 'AlreadyComplete at step 3'
        (Get-Content saved_models/summary.json | ConvertFrom-Json).stopped_because | Should -Be 'AlreadyComplete'
    }

    It 'exits with code 1 and reports the error' {
        Set-Content other.txt 'in the way'
        Invoke-Nightly $now other.txt | Should -Match 'TinySora.Training.CannotUseFolder'
        $LASTEXITCODE | Should -Be 1
    }

    It 'prints the plan for -WhatIf and writes nothing' {
        $shown = Invoke-Pwsh '-Command', "Import-Module '$module'; Start-TinySoraTraining tiny.yaml -ResultsPath planned -WhatIf" $folder
        ($shown -join "`n") | Should -Match 'What if: Model: [\d,]+ parameters'
        ($shown -join "`n") | Should -Match 'What if: Time: '
        Test-Path planned | Should -BeFalse
    }
}
