BeforeDiscovery {
    . $PSScriptRoot/Setup.ps1
    $examples = foreach ($command in Get-Command -Module TinySora) {
        foreach ($example in (Get-Help $command.Name -Full).Examples.Example) {
            @{ name = $command.Name; title = $example.Title.Trim(' -'); code = $example.Code }
        }
    }
    $root = Split-Path (Split-Path $PSScriptRoot)
    $pages = foreach ($page in Get-Item "$root/README.md", "$root/docs/*.md") {
        $number = 0
        foreach ($block in [regex]::Matches((Get-Content $page -Raw), '(?s)```powershell\r?\n(.*?)```')) {
            @{ name = $page.Name; title = "block $((++$number))"; code = $block.Groups[1].Value }
        }
    }
}

BeforeAll {
    . $PSScriptRoot/Setup.ps1
    Push-Location
}

AfterAll { Pop-Location }

Describe 'Help' {
    It 'has synopsis, description, three examples and links for every cmdlet' {
        foreach ($command in Get-Command -Module TinySora) {
            $help = Get-Help $command.Name -Full
            $help.Synopsis | Should -Not -Match '\[\[?-' -Because $command.Name
            $help.Description.Text | Should -Not -BeNullOrEmpty -Because $command.Name
            $help.Examples.Example.Count | Should -BeGreaterOrEqual 3 -Because $command.Name
            $help.RelatedLinks.NavigationLink.LinkText | Should -Not -BeNullOrEmpty -Because $command.Name
            foreach ($parameter in $help.Parameters.Parameter) {
                $parameter.Description.Text | Should -Not -BeNullOrEmpty -Because "$($command.Name) -$($parameter.Name)"
            }
        }
    }

    It 'shows inputs, defaults, and the address of the page' {
        Get-Help Get-TinySoraCheckpoint -Full | Out-String | Should -Match '(?s)INPUTS.+properties Path, ResultsPath.+OUTPUTS'
        (Get-Help Measure-TinySoraModel -Parameter Steps).DefaultValue | Should -Be '5'
        Get-Command -Module TinySora | ForEach-Object HelpUri | Should -Match '^https://.+/docs/cmdlets/.+-TinySora.+\.md$'
    }

    It 'shows one example' {
        Get-Help Start-TinySoraTraining -Examples | Out-String | Should -Match 'Start-TinySoraTraining -Config shapes-small'
    }

    It 'shows the topic <_>' -ForEach 'about_TinySora', 'about_TinySora_Datasets', 'about_TinySora_Training', 'about_TinySora_Checkpoints', 'about_TinySora_Errors', 'about_TinySora_Generating', 'about_TinySora_Troubleshooting' {
        Get-Help $_ | Out-String | Should -Match "(?s)TOPIC.+$_.+LONG DESCRIPTION"
        (Get-Help "$_*" | Where-Object Name -eq $_).Synopsis | Should -Match '^[A-Z`].+\.$'
    }
}

Describe 'Examples' {
    It 'parse and use existing parameters: <name>, <title>' -ForEach ($examples + $pages) {
        $errors = $null
        $tree = [System.Management.Automation.Language.Parser]::ParseInput($code, [ref]$null, [ref]$errors)
        $errors | Should -BeNullOrEmpty
        foreach ($line in $tree.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)) {
            if ($line.GetCommandName() -like '*-PSResource') { continue }    # not in every PowerShell
            $command = Get-Command $line.GetCommandName()
            foreach ($parameter in $line.CommandElements | Where-Object { $_ -is [System.Management.Automation.Language.CommandParameterAst] }) {
                { $command.ResolveParameter($parameter.ParameterName) } | Should -Not -Throw
            }
        }
    }
}
