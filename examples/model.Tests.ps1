# Runs each row of a table as a Pester 5 test: Invoke-Pester ./model.Tests.ps1
# For another model or table: New-PesterContainer -Path ./model.Tests.ps1 -Data @{ Model = './runs/films'; Table = './expectations.csv' }
param(
    [string] $Model = 'shapes-lean',
    [string] $Table = "$PSScriptRoot/expectations.csv"
)

BeforeDiscovery {
    if (-not (Get-Module TinySora)) { Import-Module TinySora }
    # Generates all clips in batches; each test then reports one of them.
    $results = Test-TinySoraModel $Model -Path $Table
}

Describe "The model <_>" -ForEach $Model {
    It 'generates <_.Prompt> with seed <_.Seed>' -ForEach $results {
        $_.Failures | Should -BeNullOrEmpty
    }
}
