BeforeDiscovery {
    $package = Get-ChildItem -Path (Join-Path $PSScriptRoot ../../out/TinySora.[0-9]*.nupkg) -ErrorAction Ignore
}

BeforeAll {
    . $PSScriptRoot/Setup.ps1
    $folder = Split-Path $module
    # A folder of modules as a user may have it, with an older version in it: the same one, that says so and lacks a command.
    $root = Join-Path $TestDrive 'My Modules'
    $version = (Import-PowerShellDataFile -LiteralPath $module).ModuleVersion
    foreach ($number in '0.0.1', $version) {
        [System.IO.Directory]::CreateDirectory("$root/TinySora") | Out-Null
        Copy-Item -LiteralPath $folder "$root/TinySora" -Recurse
        Rename-Item -LiteralPath "$root/TinySora/$(Split-Path -Leaf $folder)" "$number.new"
        [System.IO.Directory]::Move("$root/TinySora/$number.new", "$root/TinySora/$number")
    }
    $old = "$root/TinySora/0.0.1/TinySora.psd1"
    $text = (Get-Content -LiteralPath $old -Raw) -replace "ModuleVersion( *)= '$version'", 'ModuleVersion$1= ''0.0.1''' -replace "'Get-TinySoraDevice'", ''
    Set-Content -LiteralPath $old $text

    # In a process of its own, where these are the only modules beside PowerShell's.
    function Invoke-Installed([string] $Command) {
        $before = $env:PSModulePath
        $env:PSModulePath = $root
        try {
            & $pwsh -NoProfile -NonInteractive -Command "`$ErrorActionPreference = 'Stop'; $Command"
            if ($LASTEXITCODE) { throw "'$Command' ended with code $LASTEXITCODE." }
        }
        finally {
            $env:PSModulePath = $before
        }
    }
}

Describe 'The installed module' {
    It 'is found by name in a folder with a space, the newest version first' {
        Invoke-Installed 'Import-Module TinySora; (Get-Module TinySora).Version.ToString(); (Get-TinySoraConfig -Key model.dim).Value' | Should -Be $version, '64'
    }

    It 'computes, shows help and completes in a folder with brackets' {
        # PowerShell itself finds no module by name below such a folder.
        $brackets = Join-Path $TestDrive 'Some [Modules] 1'
        Copy-Item -LiteralPath $root $brackets -Recurse
        $lines = Invoke-Installed @"
Import-Module '$brackets/TinySora/$version/TinySora.psd1'
(Get-TinySoraDevice).LibTorchVersion
(Get-Help Get-TinySoraConfig).Synopsis
(TabExpansion2 'Start-TinySoraTraining -Config sh' 33).CompletionMatches.CompletionText
"@
        $lines[0] | Should -Match '^\d+\.\d+'
        $lines[1] | Should -Match '^Shows'
        $lines | Should -Contain 'shapes-small'
    }

    It 'takes the place of an older version, also in a session that has loaded that one' {
        $lines = Invoke-Installed @"
Import-Module '$old'
(Get-Module TinySora).Version.ToString()
(Get-TinySoraConfig -Key model.dim).Value
[bool](Get-Command -Module TinySora Get-TinySoraDevice -ErrorAction Ignore)
Remove-Module TinySora
Import-Module TinySora
(Get-Module TinySora).Version.ToString()
(Get-TinySoraConfig -Key model.dim).Value
[bool](Get-Command -Module TinySora Get-TinySoraDevice)
"@
        $lines | Should -Be '0.0.1', '64', 'False', $version, '64', 'True'
    }

    It 'can be imported twice, and by two names of the same folder' {
        $lines = Invoke-Installed @"
Import-Module TinySora; Import-Module TinySora -Force
`$count = (Get-Command -Module TinySora).Count
Set-Location -LiteralPath '$root/TinySora/$version'
Import-Module ./TinySora.psd1 -Force
(Get-Command -Module TinySora).Count -eq `$count
`$count -gt 10
(Get-TinySoraConfig -Key model.dim).Value
"@
        $lines | Should -Be 'True', 'True', '64'
    }
}

Describe 'The package' {
    It 'is one that PowerShell installs' -Skip:(-not $package -or -not (Get-Command Register-PSResourceRepository -ErrorAction Ignore)) {
        $package = Get-ChildItem -Path (Join-Path $PSScriptRoot ../../out/TinySora.[0-9]*.nupkg)
        $repository = "tinysora-$(New-Guid)"
        Copy-Item $package (New-Item -ItemType Directory "$TestDrive/gallery")
        Register-PSResourceRepository $repository "$TestDrive/gallery" -Trusted
        try {
            $found = Find-PSResource TinySora -Repository $repository
            "$($found.Version)" | Should -Be $version
            $found.Includes.Cmdlet | Should -Contain 'Start-TinySoraTraining'
            Save-PSResource TinySora -Repository $repository -Path (New-Item -ItemType Directory "$TestDrive/saved")
            Test-ModuleManifest "$TestDrive/saved/TinySora/$version/TinySora.psd1" | Should -Not -BeNullOrEmpty
            Get-ChildItem "$TestDrive/saved" -Recurse -Include *.so, *.dylib | Should -BeNullOrEmpty
        }
        finally {
            Unregister-PSResourceRepository $repository
        }
    }
}
