BeforeAll { . $PSScriptRoot/Setup.ps1 }

Describe 'The module' {
    It 'has a valid manifest' {
        # Test-ModuleManifest does not find files in a folder with brackets.
        Copy-Item -LiteralPath (Split-Path $module) $TestDrive/plain -Recurse
        $manifest = Test-ModuleManifest $TestDrive/plain/TinySora.psd1
        $manifest.PowerShellVersion | Should -Be '7.6'
        $manifest.Tags | Should -Contain 'text-to-video'
        $manifest.ProjectUri | Should -Match '^https://'
        $manifest.ReleaseNotes | Should -Not -BeNullOrEmpty
    }

    It 'exports cmdlets with approved verbs only' {
        $commands = Get-Command -Module TinySora
        $commands.Count | Should -BeGreaterThan 10
        $commands.CommandType | Sort-Object -Unique | Should -Be 'Cmdlet'
        ($commands.Verb | Where-Object { $_ -notin (Get-Verb).Verb }) | Should -BeNullOrEmpty
    }

    It 'keeps its cmdlets when it is imported again' {
        $before = (Get-Command -Module TinySora).Count
        Import-Module $module -Force
        (Get-Command -Module TinySora).Count | Should -Be $before
        Remove-Module TinySora
        Get-Command -Module TinySora | Should -BeNullOrEmpty
        Import-Module $module
        (Get-TinySoraConfig -Key model.dim).Value | Should -Be 64
    }

    It 'is replaced silently by a second copy' {
        Copy-Item -LiteralPath (Split-Path $module) $TestDrive/second -Recurse -Exclude runtimes
        $lines = Invoke-Pwsh '-Command', "Import-Module '$module'; Import-Module '$TestDrive/second/TinySora.psd1'; (Get-Module TinySora).ModuleBase; (Get-TinySoraConfig -Key model.dim | Out-String).Trim()"
        $lines[0] | Should -Be (Join-Path $TestDrive second)
        $lines[1] | Should -Match '^Key +Value +Default +Description'
        $lines[3] | Should -Match '^model.dim +64'
    }

    It 'runs next to another version of one of its libraries' {
        $script = @'
            $ErrorActionPreference = 'Stop'
            $folder, $module = $args
            # Add-Type chooses the names of its assemblies, so the compiler behind it creates a YamlDotNet 1.0.
            Add-Type 'public class Any { }'
            $code = '[assembly: System.Reflection.AssemblyVersion("1.0.0.0")] namespace YamlDotNet { public class Other { } }'
            $compilation = [Microsoft.CodeAnalysis.CSharp.CSharpCompilation]::Create('YamlDotNet',
                [Microsoft.CodeAnalysis.SyntaxTree[]][Microsoft.CodeAnalysis.CSharp.CSharpSyntaxTree]::ParseText($code),
                [Microsoft.CodeAnalysis.MetadataReference[]][Microsoft.CodeAnalysis.MetadataReference]::CreateFromFile([object].Assembly.Location),
                [Microsoft.CodeAnalysis.CSharp.CSharpCompilationOptions]::new('DynamicallyLinkedLibrary'))
            $stream = [System.IO.File]::Create("$folder/YamlDotNet.dll")
            $compilation.Emit($stream).Success
            $stream.Dispose()
            Add-Type -LiteralPath "$folder/YamlDotNet.dll"

            Import-Module $module
            (Get-TinySoraConfig -Preset shapes-small -Key model.dim).Value
            foreach ($assembly in [AppDomain]::CurrentDomain.GetAssemblies()) {
                $context = [System.Runtime.Loader.AssemblyLoadContext]::GetLoadContext($assembly).Name -replace ' .*'
                if ($assembly.GetName().Name -match 'YamlDotNet|TinySora') { "$($assembly.GetName().Name) $($assembly.GetName().Version.Major) $context" }
            }
'@
        Set-Content $TestDrive/beside.ps1 $script
        $lines = Invoke-Pwsh '-File', "$TestDrive/beside.ps1", "$TestDrive", $module
        $lines[0..1] | Should -Be 'True', '32'
        $lines | Should -Contain 'YamlDotNet 1 Default'
        $own = [Reflection.AssemblyName]::GetAssemblyName((Join-Path (Split-Path $module) YamlDotNet.dll)).Version.Major
        $lines | Should -Contain "YamlDotNet $own TinySora"
        @($lines -match ' Default$' -match '^TinySora' -replace ' \d+') | Should -Be 'TinySora.Loader Default'
    }

    It 'works in Constrained Language Mode' {
        Set-Content $TestDrive/constrained.ps1 @'
            param($module)
            $ErrorActionPreference = 'Stop'
            $ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'
            Import-Module $module
            (Get-Command -Module TinySora).Count
            Import-Module $module -Force
            (Get-Command -Module TinySora).Count
            $video = Invoke-TinySoraGenerate 'a red circle' -Steps 1 -OutputPath constrained
            Test-Path $video
            $video | Out-String
'@
        Push-Location $TestDrive
        try {
            $lines = Invoke-Pwsh '-File', "$TestDrive/constrained.ps1", $module
        }
        finally {
            Pop-Location
        }
        $lines[0..2] | Should -Be (Get-Command -Module TinySora).Count, (Get-Command -Module TinySora).Count, 'True'
        ($lines -join "`n") | Should -Match 'a red circle .+ \.[/\\]constrained[/\\]a_red'
    }

    It 'works in a session that becomes constrained after the import' {
        Set-Content $TestDrive/later.ps1 @'
            param($module)
            $ErrorActionPreference = 'Stop'
            Import-Module $module
            $ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'
            $data = New-TinySoraDataset data -Count 2 -ImageSize 16 -Frames 2
            $data | Get-TinySoraDataset | Format-Table | Out-String
            $config = "model: { dim: 8, dim_mults: [1, 2], text_encoder: learned, cond_dim: 16 }`ndiffusion: { height: 16, frames: 2, timesteps: 10 }"
            Set-Content tiny.yaml $config
            $said = $data | Start-TinySoraTraining tiny.yaml -MaxSteps 1 -OnEvent { "event $($_.Kind)" }
            $said -match '^event'
            Get-TinySoraRun | Format-Table | Out-String
'@
        Push-Location $TestDrive
        try {
            $text = (Invoke-Pwsh '-File', "$TestDrive/later.ps1", $module) -join "`n"
        }
        finally {
            Pop-Location
        }
        $text | Should -Match ' 0:00:00\.\d +0\.0 MB \.[/\\]data'
        $text | Should -Match 'event Started\nevent Checkpoint\nevent Ended'
        $text | Should -Match 'Completed .+ \.[/\\]saved_models'
    }

    It 'reports every error of a job''s event script' {
        Set-Content $TestDrive/events.ps1 @'
            param($module)
            Import-Module $module
            $null = New-TinySoraDataset clips -Count 2 -ImageSize 16 -Frames 2
            $config = "model: { dim: 8, dim_mults: [1, 2], text_encoder: learned, cond_dim: 16 }`ndiffusion: { height: 16, frames: 2, timesteps: 10 }"
            Set-Content small.yaml $config
            $job = Start-TinySoraTraining small.yaml -DataPath clips -ResultsPath job -MaxSteps 1 -AsJob -OnEvent { Write-Error "no copy at $($_.Kind)"; throw 'the end' }
            $null = $job | Wait-Job
            $job.Warning.Message
'@
        Push-Location $TestDrive
        try {
            $lines = Invoke-Pwsh '-File', "$TestDrive/events.ps1", $module
        }
        finally {
            Pop-Location
        }
        foreach ($kind in 'Started', 'Checkpoint', 'Ended') {
            $lines | Should -Contain "The script in -OnEvent failed for the event ${kind}: no copy at $kind. The run continues."
        }
        @($lines -match 'the end').Count | Should -Be 3
    }

    It 'loads libtorch and reports its version' {
        $device = Get-TinySoraDevice
        $device.Threads | Should -BeIn (1..[Environment]::ProcessorCount)
        $device.LibTorchVersion | Should -Match '^\d+\.\d+'
    }
}

Describe 'Completion' {
    BeforeAll {
        function Complete([string]$Line) { (TabExpansion2 $Line -cursorColumn $Line.Length).CompletionMatches.CompletionText }
    }

    It 'completes <what>' -ForEach @(
        @{ what = 'presets'; line = 'Start-TinySoraTraining -Config sh'; value = 'shapes-small' }
        @{ what = 'presets of New-TinySoraConfig'; line = 'New-TinySoraConfig x.yaml -Preset '; value = 'default' }
        @{ what = 'presets of Test-TinySoraConfig'; line = 'Test-TinySoraConfig sh'; value = 'shapes-small' }
        @{ what = 'samplers'; line = 'Invoke-TinySoraGenerate x -Sampler '; value = 'ddim' }
        @{ what = 'formats'; line = 'Invoke-TinySoraGenerate x -Format m'; value = 'mp4' }
        @{ what = 'devices'; line = 'Start-TinySoraTraining -Device c'; value = 'cpu' }
        @{ what = 'kinds of datasets'; line = 'New-TinySoraDataset -Kind M'; value = 'MovingMnist' }
        @{ what = 'choices of captions'; line = 'New-TinySoraDataset x -Source y -CaptionChoice '; value = 'All' }
    ) {
        Complete $line | Should -Contain $value
    }

    It 'shows descriptions as tips' {
        (TabExpansion2 'Start-TinySoraTraining sh').CompletionMatches | Where-Object CompletionText -eq shapes-small |
            ForEach-Object ToolTip | Should -Match '3 M parameter.+minutes.+\d+ steps'
        (TabExpansion2 'Start-TinySoraTraining shapes-g').CompletionMatches.ToolTip | Should -Match 'M parameters.+minutes'
        (TabExpansion2 'Get-TinySoraConfig -Key model.dim').CompletionMatches[0].ToolTip | Should -Match 'channels.+value: 64'
        (TabExpansion2 'Get-TinySoraConfig shapes-small -Key model.dim').CompletionMatches[0].ToolTip | Should -Match 'value: 32'
        (TabExpansion2 'Start-TinySoraTraining -Set ').CompletionMatches | Where-Object CompletionText -eq "@{'trainer.train_lr'=" |
            ForEach-Object ToolTip | Should -Match 'earning rate'
    }

    It 'leaves files and folders to PowerShell if it has no completions' {
        Push-Location $TestDrive
        try {
            New-Item -ItemType Directory my-models, my-data | Out-Null
            Set-Content my.yaml $tinyConfig
            Set-Content model-1.pt x
            Complete 'Start-TinySoraTraining ./my' | Should -Be './my-data', './my-models', './my.yaml'
            Complete 'Start-TinySoraTraining -ResultsPath ./my-m' | Should -Be './my-models'
            Complete 'Invoke-TinySoraGenerate x -Checkpoint ./my-m' | Should -Be './my-models'
            Complete 'Test-TinySoraConfig ./my.' | Should -Be './my.yaml'
            Complete 'Get-TinySoraConfig ./my.' | Should -Be './my.yaml'
            Complete 'Import-TinySoraCheckpoint mod' | Should -Be './model-1.pt'
            Complete 'Export-TinySoraCheckpoint my-m' | Should -Be './my-models'
            Complete 'Invoke-TinySoraGenerate x -Sampler my' | Should -BeNullOrEmpty
        }
        finally {
            Pop-Location
        }
    }

    It 'completes the last word of a prompt with words that the model knows' {
        Push-Location $TestDrive
        try {
            Complete "Invoke-TinySoraGenerate 'a red squ" | Should -Be "'a red square'", "'a red squirrel'", "'a red squirrels'"
            Complete "Invoke-TinySoraGenerate -Prompt 'a red tri'" | Should -Be "'a red triangle'"
            Complete 'Invoke-TinySoraGenerate -NegativePrompt "a gre' | Should -Be '"a green"'
            Complete 'Invoke-TinySoraGenerate peng' | Should -Be 'penguin', 'penguins'
            New-TinyRun words | Out-Null
            Set-Content data/00000.txt 'a glimpf'
            Start-TinySoraTraining tiny.yaml -MaxSteps 1 -ResultsPath own | Out-Null
            Complete "Invoke-TinySoraGenerate -Checkpoint own -Prompt 'a gli" | Should -Be "'a glimpf'"
        }
        finally {
            Pop-Location
        }
    }

    It 'lists the checkpoints, newest first' {
        Push-Location $TestDrive
        try {
            New-TinyRun run | Out-Null
            Start-TinySoraTraining tiny.yaml -MaxSteps 4 | Out-Null
            @(Complete 'Invoke-TinySoraGenerate x -Checkpoint ') -match 'step-' | Should -Be './saved_models/step-00000004.safetensors', './saved_models/step-00000003.safetensors'
            Complete 'Invoke-TinySoraGenerate x -Checkpoint saved_models -Set ' | Should -Be "@{'GuidanceScale'=", "@{'Steps'=", "@{'Sampler'=", "@{'Eta'=", "@{'FramesPerSecond'="
            Complete 'Get-TinySoraCheckpoint saved_models/step-00000003' | Should -Be 'saved_models/step-00000003.safetensors'
            Complete 'Remove-TinySoraCheckpoint ' | Should -Contain './saved_models/step-00000003.safetensors'
            Complete 'Export-TinySoraCheckpoint ./saved_models/step' | Should -Contain './saved_models/step-00000003.safetensors'
            Complete 'Invoke-TinySoraGenerate x -Checkpoint ./saved_mo' | Should -Be './saved_models'
            Start-TinySoraTraining tiny.yaml -MaxSteps 1 -ResultsPath 'runs/a b' | Out-Null
            Complete 'Start-TinySoraTraining -ResultsPath ' | Should -Be "'./runs/a b'", './saved_models'
            Complete 'Export-TinySoraLossCurve runs/a' | Should -Be "'runs/a b'"
        }
        finally {
            Pop-Location
        }
    }
}
