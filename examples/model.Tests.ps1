# Each row of a table as a test of Pester 5: Invoke-Pester ./model.Tests.ps1
# Another model or table: New-PesterContainer -Path ./model.Tests.ps1 -Data @{ Model = './runs/films'; Table = './expectations.csv' }
param(
    [string] $Model = 'shapes-lean',
    [string] $Table = "$PSScriptRoot/expectations.csv"
)

BeforeDiscovery {
    if (-not (Get-Module TinySora)) { Import-Module TinySora }
    # All clips are made here, in batches; the tests then tell of them one by one.
    $results = Test-TinySoraModel $Model -Path $Table
}

Describe "The model <_>" -ForEach $Model {
    It 'makes <_.Prompt> of seed <_.Seed>' -ForEach $results {
        $_.Failures | Should -BeNullOrEmpty
    }
}
