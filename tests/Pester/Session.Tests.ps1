BeforeDiscovery {
    # mpiexec may fail to start anything, for example because the machine's name does not resolve.
    $env:OMPI_ALLOW_RUN_AS_ROOT = $env:OMPI_ALLOW_RUN_AS_ROOT_CONFIRM = '1'
    $launches = (Get-Command mpiexec -CommandType Application -ErrorAction Ignore) -and $(mpiexec -n 1 $PSHOME/pwsh -Version *> $null; $LASTEXITCODE -eq 0)
}

BeforeAll {
    . $PSScriptRoot/Setup.ps1
    Push-Location
    New-TinyRun (Join-Path $TestDrive run) | Out-Null
    $folder = (Get-Location).ProviderPath
}

AfterAll { Pop-Location }

Describe 'Sessions' {
    # Jobs of failed tests must not continue.
    AfterEach { Get-Job | Remove-Job -Force }

    It 'waits with a timeout, and reports for what' {
        { Wait-Until 'nothing is impossible' { $false } 1 } | Should -Throw '*in vain until nothing is impossible*'
        { Invoke-Pwsh '-Command', 'Start-Sleep 60' -Seconds 1 } | Should -Throw '*PowerShell ends*'
    }

    It 'generates in a job' {
        $job = Start-Job -WorkingDirectory $folder {
            Import-Module $using:module
            Invoke-TinySoraGenerate 'a red circle' -OutputPath job
        }
        $video = Receive-Ended $job
        $job | Remove-Job -Force
        $video.Path | Should -Exist
    }

    It 'generates in two runspaces of one process' {
        $videos = 1..2 | ForEach-Object -ThrottleLimit 2 -Parallel {
            Import-Module $using:module
            Set-Location -LiteralPath $using:folder
            Invoke-TinySoraGenerate 'a red circle' -OutputPath "runspace$_" -Seed 4
        }
        $videos.Count | Should -Be 2
        ($videos.Path | ForEach-Object { (Get-FileHash $_).Hash } | Sort-Object -Unique).Count | Should -Be 1
    }

    It 'trains in two processes with the same messages, output and files as in one' -Skip:(-not $launches) {
        Set-Location -LiteralPath (New-Item -ItemType Directory "it's two")
        $written = Start-TinySoraTraining ../tiny.yaml -DataPath ../data -Processes 2 -PassThru -Verbose 4>&1
        $lines = $written | Where-Object { $_ -is [Management.Automation.VerboseRecord] } | ForEach-Object Message
        $lines -match '^Training on 40 clips with 1 thread .* in each of 2 processes' | Should -HaveCount 1
        $steps = $written | Where-Object GradientNorm
        $steps.Step | Should -Be 1, 2, 3
        $steps[0].Examples.Count | Should -Be 2
        $result = $written | Where-Object StoppedBecause
        $result.StoppedBecause | Should -Be Completed
        $result.Checkpoint | Should -Exist

        { Start-TinySoraTraining ../tiny.yaml -DataPath ../nowhere -ResultsPath none -Processes 2 } | Should -Throw -ErrorId 'TinySora.Data.*'
        $job = Start-TinySoraTraining ../tiny.yaml -DataPath ../data -ResultsPath jobbed -Processes 2 -AsJob
        (Receive-Ended $job).Step | Should -Be 3
        Set-Location -LiteralPath $folder
    }

    It 'trains in a job' {
        $job = Start-TinySoraTraining tiny.yaml -ResultsPath jobbed -AsJob
        $job | Should -BeOfType System.Management.Automation.Job
        (Receive-Ended $job).StoppedBecause | Should -Be 'Completed'
        (Get-Job -Id $job.Id).State | Should -Be 'Completed'
        ($job | Out-String) | Should -Match 'TinySoraJob +Completed'
        $job | Remove-Job
        $job = Start-TinySoraTraining tiny.yaml -ResultsPath stepped -AsJob -PassThru
        (Receive-Ended $job).Step | Should -Be 1, 2, 3, 3
        $job | Remove-Job
    }

    It 'generates in a job' {
        $job = 'a red circle', 'a blue star' | Invoke-TinySoraGenerate -Checkpoint saved_models -OutputPath jobbed-videos -AsJob
        $job | Should -BeOfType System.Management.Automation.Job
        $job | Wait-Job -Timeout 120 | Should -Not -BeNullOrEmpty
        ($job | Receive-Job -AutoRemoveJob -Wait).Prompt | Should -Be 'a red circle', 'a blue star'
    }

    It 'shows the error of a job' {
        $job = Start-TinySoraTraining tiny.yaml -DataPath nowhere -ResultsPath failed -AsJob
        $job | Wait-Job -Timeout 120 | Should -Not -BeNullOrEmpty
        $job.State | Should -Be 'Failed'
        { $job | Receive-Job -ErrorAction Stop } | Should -Throw -ErrorId 'TinySora.Data.*'
        $job | Remove-Job
    }

    It 'controls the run of a job, and stops it with a checkpoint' {
        Set-Content long.yaml ($tinyConfig -replace 'train_num_steps: 3', 'train_num_steps: 1000000')
        $job = Start-TinySoraTraining long.yaml -ResultsPath steered -AsJob
        Wait-Until 'the job has taken a step' { (Get-TinySoraRun steered -ErrorAction Ignore).Step -gt 0 -or $job.State -ne 'Running' }
        $job.State | Should -Be 'Running'
        $paused = $job | Suspend-TinySoraRun -PassThru
        $paused.State | Should -Be 'Paused'
        (Invoke-TinySoraGenerate 'a red circle' -Checkpoint saved_models -OutputPath meanwhile).Path | Should -Exist
        (Get-TinySoraRun steered | Save-TinySoraRun).Step | Should -Be $paused.Step
        ($job | Show-TinySoraRun -Prompt 'a red circle').Path | Should -Exist
        (Set-TinySoraRun steered -LearningRate 2e-5 -PassThru).LearningRate | Should -Be 2e-5
        $job | Resume-TinySoraRun
        (Get-TinySoraRun steered | Out-String -Width 200) | Should -Match 'Running +\d+ +1000000 .*steered'
        $job | Stop-Job
        $job.State | Should -Be 'Stopped'
        ($job | Receive-Job -WarningAction SilentlyContinue).StoppedBecause | Should -Be 'Cancelled'
        $job | Remove-Job
        (Get-TinySoraRun steered).State | Should -Be 'Cancelled'
        (Get-TinySoraRun steered | Invoke-TinySoraGenerate -Prompt 'a red circle' -OutputPath after).Path | Should -Exist
    }

    It 'saves a checkpoint when a training is stopped as with Ctrl+C' {
        Set-Content long.yaml ($tinyConfig -replace 'train_num_steps: 3', 'train_num_steps: 1000000')
        $shell = [powershell]::Create()
        $training = $shell.AddScript("Set-Location -LiteralPath '$folder'; Import-Module '$module'; Start-TinySoraTraining long.yaml -ResultsPath stopped")
        $running = $training.BeginInvoke()
        Wait-Until 'the training has taken a step' { (Test-Path stopped/metrics.jsonl) -or $running.IsCompleted }
        $running.IsCompleted | Should -BeFalse
        $shell.Stop()
        $shell.Dispose()
        (Get-TinySoraCheckpoint stopped -Latest).Step | Should -BeGreaterThan 0
        (Start-TinySoraTraining long.yaml -ResultsPath stopped -Resume -MaxMinutes 0.01).StoppedBecause | Should -Be 'TimeBudget'
    }

    It 'saves a checkpoint on Ctrl+C in a terminal, and the session continues' -Skip:(-not (Get-Command script -CommandType Application -ErrorAction Ignore)) {
        Set-Content long.yaml ($tinyConfig -replace 'train_num_steps: 3', 'train_num_steps: 1000000')
        $start = [Diagnostics.ProcessStartInfo]::new('script')
        $start.WorkingDirectory = $folder
        # A line wider than the terminal would be redrawn with every key. Ctrl+C must not drop the answers below (noflsh).
        $start.Environment['TESTED'] = $module
        $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
        # Background processes of a shell ignore Ctrl+C, their children inherit that, and .NET respects it, so reset the signal first.
        $command = "stty noflsh; exec env --default-signal=INT '$pwsh' -NoProfile -NoLogo"
        '--quiet', '--return', '--command', $command, '/dev/null' | ForEach-Object { $start.ArgumentList.Add($_) }
        $terminal = [Diagnostics.Process]::Start($start)
        $terminal.StandardInput.AutoFlush = $true
        $ctrlC = "$([char]3)"
        $typed = [Collections.Generic.Queue[string]]@(
            "Import-Module `$env:TESTED; Start-TinySoraTraining long.yaml -ResultsPath typed`r", $ctrlC,
            "(Get-TinySoraCheckpoint typed -Latest).Step | Set-Content after.txt; exit 7`r")
        $ready = @({ $shown -match '> ' }, { Test-Path typed/metrics.jsonl }, { Get-ChildItem typed -Filter *.safetensors })
        $buffer = [char[]]::new(4096)
        $shown = ''
        $deadline = [DateTime]::UtcNow.AddMinutes(2)
        $reading = $terminal.StandardOutput.ReadAsync($buffer, 0, $buffer.Length)
        while (-not $terminal.HasExited -and [DateTime]::UtcNow -lt $deadline) {
            if ($typed.Count -gt 0 -and (& $ready[-$typed.Count])) { $terminal.StandardInput.Write($typed.Dequeue()) }
            if (-not $reading.Wait(50)) { continue }
            $text = [string]::new($buffer, 0, $reading.Result)
            $shown += $text

            # The console queries the terminal's cursor position and waits for the answer.
            $terminal.StandardInput.Write("`e[1;1R" * [regex]::Matches($text, '\[6n').Count)
            $reading = $terminal.StandardOutput.ReadAsync($buffer, 0, $buffer.Length)
        }
        if (-not $terminal.HasExited) { $terminal.Kill($true) }
        $terminal.ExitCode | Should -Be 7 -Because $shown
        [int](Get-Content after.txt) | Should -BeGreaterThan 0
    }

    It 'saves a checkpoint on SIGTERM' -Skip:$IsWindows {
        Set-Content long.yaml ($tinyConfig -replace 'train_num_steps: 3', 'train_num_steps: 1000000')
        $command = "Import-Module '$module'; Start-TinySoraTraining long.yaml -ResultsPath ended"
        $process = Start-Process $pwsh -WorkingDirectory $folder -ArgumentList '-NoProfile', '-NonInteractive', '-Command', "`"$command`"" -PassThru -RedirectStandardOutput ended.txt
        Wait-Until 'the process has taken a step' { (Test-Path ended/metrics.jsonl) -or $process.HasExited }
        $process.HasExited | Should -BeFalse
        & sh -c "kill -TERM $($process.Id)"
        $process.WaitForExit(60000) | Should -BeTrue
        (Get-TinySoraCheckpoint ended -Latest).Step | Should -BeGreaterThan 0
    }
}
