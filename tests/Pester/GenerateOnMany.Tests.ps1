BeforeAll {
    . $PSScriptRoot/Setup.ps1
    Push-Location
    New-TinyRun (Join-Path $TestDrive many) | Out-Null
    $script = Join-Path $PSScriptRoot ../../examples/generate-on-many.ps1
    'Prompt,Seed', 'a red circle moving right,1', 'a red circle moving right,2', 'a blue square,', 'a green star,3', 'a green triangle,4' | Set-Content prompts.csv
}

AfterAll { Pop-Location }

Describe 'Generation with several workers' {
    It 'generates each row once, and missing videos on the next call, with any number of workers' {
        $videos = & $script prompts.csv -OutputPath videos -Jobs 2
        $videos.Skipped | Should -Be @($false, $false, $false, $false, $false)
        $names = 'a_blue_square.gif', 'a_green_star.gif', 'a_green_triangle.gif', 'a_red_circle_moving_right.gif', 'a_red_circle_moving_right_2.gif' |
            Sort-Object
        (Get-ChildItem videos).Name | Sort-Object | Should -Be $names
        $videos.Path | Split-Path -Leaf | Sort-Object | Should -Be $names

        $gone = 'a_green_star.gif', 'a_red_circle_moving_right_2.gif' | Sort-Object
        $gone | ForEach-Object { Remove-Item (Join-Path videos $_) }
        $again = & $script prompts.csv -OutputPath videos -Jobs 3
        ($again | Where-Object Skipped -EQ $false).Path | Split-Path -Leaf | Sort-Object | Should -Be $gone
        (Get-ChildItem videos).Name | Sort-Object | Should -Be $names
    }

    It 'distributes rows whose prompts are captions' {
        'caption', 'a red circle', 'a blue square' | Set-Content captions.csv
        $videos = & $script captions.csv -OutputPath captioned -Jobs 2
        ($videos.RunspaceId | Sort-Object -Unique).Count | Should -Be 2
    }

    It 'distributes rows over sessions' {
        # Remote sessions need SSH; sessions of local processes are otherwise identical.
        function New-ProcessSession([Parameter(Mandatory)] $Process) {
            $runspace = [runspacefactory]::CreateRunspace([Management.Automation.Runspaces.NamedPipeConnectionInfo]::new($Process.Id))
            $runspace.Open()
            [Management.Automation.Runspaces.PSSession]::Create($runspace, 'Pipe', $PSCmdlet)
        }

        $before = $env:PSModulePath
        # A copy, because PowerShell cannot find modules by name below a folder with brackets, such as the tests' own may be.
        $modules = New-Item -ItemType Directory (Join-Path $TestDrive modules)
        Copy-Item -LiteralPath (Split-Path $module) (Join-Path $modules TinySora) -Recurse
        $env:PSModulePath = $modules.FullName + [IO.Path]::PathSeparator + $before
        $ready = 1..2 | ForEach-Object { Join-Path $TestDrive "ready$_" }
        $processes = $ready | ForEach-Object {
            Start-Process $pwsh '-NoProfile', '-NonInteractive', '-Command', "Set-Content '$_' 1; Start-Sleep 600" -PassThru -RedirectStandardOutput "$_.log"
        }
        try {
            $ready | ForEach-Object { $file = $_; Wait-Until 'the process is up' { Test-Path $file } }
            $sessions = $processes | ForEach-Object { New-ProcessSession $_ }
            $videos = & $script prompts.csv -OutputPath by-sessions -Session $sessions
            $videos.Count | Should -Be 5
            ($videos.RunspaceId | Sort-Object -Unique).Count | Should -Be 2
            (& $script prompts.csv -OutputPath by-sessions -Session $sessions[0]).Skipped | Should -Be @($true, $true, $true, $true, $true)
        }
        finally {
            $processes | Stop-Process
            $env:PSModulePath = $before
        }
    }

    It 'names failed workers' {
        & $script prompts.csv -OutputPath none -Jobs 2 -More @{ Checkpoint = './nowhere' } -ErrorVariable failures 2>$null | Should -BeNullOrEmpty
        $named = $failures | ForEach-Object { "$_" } | Where-Object { $_ -match '^worker \d failed \(There is no checkpoint at' }
        $named.Count | Should -Be 2
        Get-Job | Should -BeNullOrEmpty
    }
}
