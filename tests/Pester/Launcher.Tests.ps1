BeforeAll {
    $launcher = Join-Path $PSScriptRoot "../../out/tinysora$($IsWindows ? '.cmd' : '')"
    Push-Location
    Set-Location -LiteralPath (New-Item -ItemType Directory (Join-Path $TestDrive 'a launcher'))
}

AfterAll { Pop-Location }

Describe 'out/tinysora' {
    It 'runs commands with the module loaded' {
        & $launcher '(Get-TinySoraConfig -Key model.dim).Value' | Should -Be 64
        & $launcher Get-TinySoraConfig -Key model.dim '|' ForEach-Object Value | Should -Be 64
        $LASTEXITCODE | Should -Be 0
    }

    It 'runs a script with parameters and returns its exit code' {
        Set-Content script.ps1 'param($Name, [switch] $Loud) "$Name $Loud"; exit 4'
        & $launcher script.ps1 -Name 'a b' -Loud | Should -Be 'a b True'
        $LASTEXITCODE | Should -Be 4
    }
}
