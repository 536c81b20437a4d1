BeforeDiscovery {
    $package = Get-ChildItem -Path (Join-Path $PSScriptRoot ../../out/pack/TinySora.[0-9]*.nupkg) -ErrorAction Ignore
}

BeforeAll {
    . $PSScriptRoot/Setup.ps1
    $folder = Split-Path $module
    # A user's folder of modules, which contains an older version with one command.
    $root = Join-Path $TestDrive 'My Modules'
    $version = (Import-PowerShellDataFile -LiteralPath $module).ModuleVersion
    $old = Join-Path $root TinySora/0.0.1
    New-Item -ItemType Directory $old | Out-Null
    Copy-Item -LiteralPath $folder "$root/TinySora" -Recurse
    if ((Split-Path -Leaf $folder) -ne $version) { Rename-Item -LiteralPath "$root/TinySora/$(Split-Path -Leaf $folder)" $version }
    Copy-Item -LiteralPath "$folder/TinySora.psm1", "$folder/TinySora.Types.psd1", "$folder/TinySora.types.ps1xml", "$folder/TinySora.Loader.dll" $old
    New-ModuleManifest "$old/TinySora.psd1" -ModuleVersion 0.0.1 -RootModule TinySora.psm1 -CmdletsToExport Get-TinySoraConfig -FunctionsToExport @() -AliasesToExport @()

    # Add-Type chooses the names of its assemblies, so the compiler behind it creates the older version.
    Add-Type 'public class AnyType { }'
    $code = @'
[assembly: System.Reflection.AssemblyVersion("0.0.1.0")]
namespace TinySora.PowerShell.Cmdlets
{
    using System.Management.Automation;
    [Cmdlet("Get", "TinySoraConfig")]
    public class GetTinySoraConfigCommand : PSCmdlet
    {
        [Parameter] public string Key { get; set; }
        protected override void ProcessRecord() { WriteObject("old " + Key); }
    }
}
'@
    $references = [object].Assembly.Location, [psobject].Assembly.Location, (Join-Path (Split-Path ([object].Assembly.Location)) System.Runtime.dll)
    $compilation = [Microsoft.CodeAnalysis.CSharp.CSharpCompilation]::Create('TinySora.PowerShell',
        [Microsoft.CodeAnalysis.SyntaxTree[]][Microsoft.CodeAnalysis.CSharp.CSharpSyntaxTree]::ParseText($code),
        [Microsoft.CodeAnalysis.MetadataReference[]]($references | ForEach-Object { [Microsoft.CodeAnalysis.MetadataReference]::CreateFromFile($_) }),
        [Microsoft.CodeAnalysis.CSharp.CSharpCompilationOptions]::new('DynamicallyLinkedLibrary'))
    $stream = [System.IO.File]::Create("$old/TinySora.PowerShell.dll")
    $emitted = $compilation.Emit($stream)
    $stream.Dispose()
    if (-not $emitted.Success) { throw "$($emitted.Diagnostics)" }

    # Runs a command in a separate process without any other modules except PowerShell's.
    function Invoke-Installed([string] $Command) {
        $before = $env:PSModulePath
        $env:PSModulePath = $root
        try {
            Invoke-Pwsh '-Command', "`$ErrorActionPreference = 'Stop'; $Command"
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

    It 'computes, shows help and completes from a folder with brackets' {
        # PowerShell itself cannot find modules by name below such a folder.
        $brackets = Join-Path $TestDrive 'Some [Modules] 1'
        Copy-Item -LiteralPath $root $brackets -Recurse
        $lines = Invoke-Installed @"
Import-Module '$brackets/TinySora/$version/TinySora.psd1'
(Get-TinySoraDevice).LibTorchVersion
(Get-Help Get-TinySoraConfig).Synopsis
(TabExpansion2 'Start-TinySoraTraining -Config sh' 33).CompletionMatches.CompletionText
"@
        $lines[0] | Should -Match '^\d+\.\d+'
        $lines[1] | Should -Match '^Lists'
        $lines | Should -Contain 'shapes-lean'
    }

    It 'replaces an older version, even in a session that has loaded that version' {
        $lines = Invoke-Installed @"
Import-Module '$old/TinySora.psd1'
(Get-Module TinySora).Version.ToString()
Get-TinySoraConfig -Key model.dim
Remove-Module TinySora
Import-Module TinySora
(Get-Module TinySora).Version.ToString()
(Get-TinySoraConfig -Key model.dim).Value
[bool](Get-Command -Module TinySora Get-TinySoraDevice)
"@
        $lines | Should -Be '0.0.1', 'old model.dim', $version, '64', 'True'
    }

    It 'can be imported after the same version in another folder' {
        $lines = Invoke-Installed @"
Import-Module '$module'
Remove-Module TinySora
Import-Module TinySora
(Get-Module TinySora).ModuleBase
(Get-TinySoraConfig -Key model.dim).Value
"@
        $lines | Should -Be (Join-Path $root TinySora $version), '64'
    }

    It 'can be imported twice, and by two paths of the same folder' {
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

Describe 'The native libraries' {
    It 'are installed from a folder in a session that lacks them' -Skip:(-not $env:TINYSORA_PACKAGES) {
        $before = $env:TINYSORA_RUNTIME
        $env:TINYSORA_RUNTIME = Join-Path $TestDrive 'run [time]'
        try {
            $lines = Invoke-Installed @"
try { Get-TinySoraDevice } catch { `$_.FullyQualifiedErrorId; `$_.ErrorDetails.RecommendedAction }
(Install-TinySoraRuntime -Source '$env:TINYSORA_PACKAGES').Files.Count -gt 0
(Get-TinySoraDevice).LibTorchVersion
(Install-TinySoraRuntime -Source nowhere).Files.Count -gt 0
"@
        }
        finally {
            $env:TINYSORA_RUNTIME = $before
        }
        $lines[0] | Should -BeLike 'TinySora.Runtime.LibTorchMissing,*'
        $lines[1] | Should -Match 'Install-TinySoraRuntime'
        $lines[2, 4] | Should -Be 'True', 'True'
        $lines[3] | Should -Match '^\d+\.\d+'
    }
}

Describe 'The package' {
    BeforeDiscovery {
        $canInstall = $package -and (Get-Command Register-PSResourceRepository -ErrorAction Ignore)
    }

    BeforeAll {
        $gallery = New-Item -ItemType Directory "$TestDrive/gallery"
        Get-ChildItem -Path (Join-Path $PSScriptRoot ../../out/pack/TinySora.[0-9]*.nupkg) | Copy-Item -Destination $gallery
    }

    It 'can be saved by PowerShell, and describes itself' -Skip:(-not $canInstall) {
        $repository = "tinysora-$(New-Guid)"
        Register-PSResourceRepository $repository $gallery -Trusted
        try {
            $found = Find-PSResource TinySora -Repository $repository
            "$($found.Version)" | Should -Be $version
            $found.Includes.Cmdlet | Should -Contain 'Start-TinySoraTraining'
            Save-PSResource TinySora -Repository $repository -Path (New-Item -ItemType Directory "$TestDrive/saved")
            Test-ModuleManifest "$TestDrive/saved/TinySora/$version/TinySora.psd1" | Should -Not -BeNullOrEmpty
        }
        finally {
            Unregister-PSResourceRepository $repository
        }
    }

    # On Windows, the folder of a user's modules cannot be changed for a process.
    It 'works for a user who has nothing else: installation, first clip, training and studio' -Skip:(-not $canInstall -or -not $env:TINYSORA_PACKAGES -or $IsWindows) {
        $user = "$(New-Item -ItemType Directory "$TestDrive/user")"
        $variables = @{
            HOME = $user; XDG_DATA_HOME = $null; XDG_CONFIG_HOME = $null; XDG_CACHE_HOME = $null; PSModulePath = $null; TINYSORA_RUNTIME = $null
        }
        $before = @{}
        foreach ($name in $variables.Keys) {
            $before[$name] = [Environment]::GetEnvironmentVariable($name)
            Set-Item -LiteralPath "Env:$name" -Value $variables[$name]
        }
        try {
            Invoke-Pwsh '-Command', "Register-PSResourceRepository TinySora '$gallery' -Trusted; Install-PSResource TinySora -Repository TinySora" -WorkingDirectory $user
            $LASTEXITCODE | Should -Be 0
            $lines = Invoke-Pwsh '-Command', @"
`$ErrorActionPreference = 'Stop'
Install-TinySoraRuntime -Source '$env:TINYSORA_PACKAGES' | Out-Null
(Get-Module TinySora).ModuleBase
(Get-TinySoraDevice).Kernels
(Invoke-TinySoraGenerate 'a red circle moving right' -OutputPath ./clip.gif).Path
New-TinySoraDataset -Count 8 | Out-Null
(Start-TinySoraTraining shapes-lean -MaxSteps 2).Step
`$studio = Start-TinySoraStudio shapes-lean -AsJob
(Invoke-WebRequest `$studio.Uri -UseBasicParsing).StatusCode
`$studio | Stop-Job
"@ -WorkingDirectory $user -Seconds 600
        }
        finally {
            foreach ($name in $before.Keys) { Set-Item -LiteralPath "Env:$name" -Value $before[$name] }
        }
        $lines[0] | Should -BeLike "$user/.local/share/*/TinySora/$version"
        $kernels = Test-Path -LiteralPath (Join-Path (Split-Path $module) libtinysora_kernels.so)
        $lines[1] | Should -BeLike ($kernels ? 'fused*' : 'none*')
        $lines[2] | Should -Be "$user/clip.gif"
        $lines[-2, -1] | Should -Be '2', '200'
    }
}
