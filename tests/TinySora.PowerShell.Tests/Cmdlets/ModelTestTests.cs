using System.Management.Automation;
using System.Xml.Linq;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>The model generates two frames after three steps of training: its clips show next to nothing, but are reproducible.</summary>
[Collection(nameof(CmdletTests))]
public sealed class ModelTestTests : IClassFixture<TrainedWorkspace>
{
    private readonly Workspace workspace;

    public ModelTestTests(TrainedWorkspace trained)
    {
        workspace = trained.Workspace;
        workspace.Write("e.csv", "Prompt,Seed,MaxChange,MinChange\na red circle growing,1,1,\na red circle growing,2,,1\na blue star growing,,,0\n");
    }

    [Fact]
    public void Every_row_has_a_result_with_its_misses()
    {
        var run = workspace.Good("Test-TinySoraModel ./saved_models -Path e.csv -Seed 9");
        Assert.Equal([1, 2, 3], run.Values("Row").Cast<int>());
        Assert.Equal([true, false, true], run.Values("Passed").Cast<bool>());
        Assert.Equal([1L, 2, 9], run.Values("Seed").Cast<long>());
        Assert.StartsWith("Change: at least 1 expected, found 0.", $"{run.Values("Failures")[1]}", StringComparison.Ordinal);
        Assert.All(run.Values("Checkpoint"), path => Assert.Equal(workspace.At("saved_models", "step-00000003.safetensors"), path));
    }

    [Fact]
    public void Failed_rows_are_reproduced_as_they_were_sampled()
    {
        var run = workspace.Good("Test-TinySoraModel -Path e.csv -Steps 2 -Set @{ GuidanceScale = 1.5 } | Where-Object Passed -eq $false | Invoke-TinySoraGenerate -OutputPath again");
        Assert.Equal((2, 1.5, 2L), (run.Values("Steps")[0], run.Values("GuidanceScale")[0], run.Values("Seed")[0]));
    }

    [Fact]
    public void Too_few_passes_are_an_error_after_results_and_report()
    {
        var session = workspace.Session();
        var run = session.Run("$ErrorActionPreference = 'Stop'; Test-TinySoraModel -Path e.csv -MinShare 0.7 -ReportPath out/report.xml");
        Assert.Equal(3, run.Objects.Count);
        Assert.StartsWith("TinySora.Evaluation.TooFewPassed,", Assert.Single(run.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal("1", (string?)XDocument.Load(workspace.At("out", "report.xml")).Root!.Attribute("failures"));
        workspace.Good("Test-TinySoraModel -Path e.csv -MinShare 0.66 -ReportPath r.nunit.xml");
        Assert.Equal("test-run", XDocument.Load(workspace.At("r.nunit.xml")).Root!.Name.LocalName);
        workspace.Good("Test-TinySoraModel -Path e.csv -ReportPath r.nunit.xml -ReportFormat JUnit");
        Assert.Equal("testsuites", XDocument.Load(workspace.At("r.nunit.xml")).Root!.Name.LocalName);
    }

    [Fact]
    public void Report_replaces_only_earlier_reports()
    {
        const string Line = "Test-TinySoraModel -Path e.csv -ReportPath";
        Assert.Equal(3, workspace.Good($"{Line} new/report.xml -WhatIf").Objects.Count);
        Assert.False(Directory.Exists(workspace.At("new")));
        workspace.Write("mine.xml", "mine");
        workspace.Bad($"{Line} mine.xml", "TinySora.Input.OutputExists", ErrorCategory.ResourceExists);
        Assert.Equal("mine", File.ReadAllText(workspace.At("mine.xml")));
        workspace.Good($"{Line} mine.xml -Force; {Line} mine.xml");
        Assert.Equal("3", (string?)XDocument.Load(workspace.At("mine.xml")).Root!.Attribute("tests"));
        workspace.Write("mine.xml", File.ReadAllText(workspace.At("mine.xml")).Replace("tests=\"3\"", "tests=\"4\"", StringComparison.Ordinal));
        workspace.Bad($"{Line} mine.xml", "TinySora.Input.OutputExists", ErrorCategory.ResourceExists);
        Assert.Equal("4", (string?)XDocument.Load(workspace.At("mine.xml")).Root!.Attribute("tests"));
    }

    [Fact]
    public void Rows_and_checkpoints_are_accepted_from_the_pipeline()
    {
        var fromFile = workspace.Good("Test-TinySoraModel -Path e.csv").Values("Failures").Select(failures => $"{failures}").ToList();
        Assert.Equal(fromFile, workspace.Good("Import-Csv e.csv | Test-TinySoraModel ./saved_models").Values("Failures").Select(failures => $"{failures}"));
        Assert.Equal(fromFile, workspace.Good("Get-TinySoraCheckpoint | Test-TinySoraModel -Path e.csv").Values("Failures").Select(failures => $"{failures}"));
        Assert.Equal([true], workspace.Good("@{ Prompt = 'a red circle growing'; Palette = @() ; MinChange = 0 } | Test-TinySoraModel").Values("Passed").Cast<bool>());
    }

    [Fact]
    public void Script_blocks_judge_the_clips_of_all_rows_or_of_their_own()
    {
        var all = workspace.Good("'a cow', 'a cat' | Test-TinySoraModel -Expect { $_.Prompt -eq 'a cow' -and $args[0].Frames -eq 2 }");
        Assert.Equal([true, false], all.Values("Passed").Cast<bool>());
        Assert.Contains("$_.Prompt -eq 'a cow'", $"{all.Values("Failures")[1]}", StringComparison.Ordinal);
        var own = workspace.Good("@{ Prompt = 'a cow'; Expect = { throw 'not that' } }, @{ Prompt = 'a cat'; Expect = { } } | Test-TinySoraModel");
        Assert.Equal(["Expect: not that", ""], own.Values("Failures").Select(failures => $"{failures}"));
    }

    [Fact]
    public void Text_in_a_table_is_never_executed()
    {
        workspace.Write("evil.csv", "Prompt,Expect\na cow,{ Set-Content stolen.txt x }\n");
        workspace.Bad("Import-Csv evil.csv | Test-TinySoraModel", "TinySora.Evaluation.BadExpectations", ErrorCategory.InvalidData);
        Assert.False(File.Exists(workspace.At("stolen.txt")));
    }

    [Fact]
    public void Invalid_rows_are_reported_before_the_model_is_opened()
    {
        workspace.Write("bad.csv", "Prompt,Color\na cow,rde\n");
        var error = workspace.Bad("Test-TinySoraModel ./absent -Path bad.csv", "TinySora.Evaluation.BadExpectations", ErrorCategory.InvalidData);
        Assert.Contains("line 2, column Color: 'rde'", error.ErrorDetails.Message, StringComparison.Ordinal);
        error = workspace.Bad("@{ Prompt = 'a cow'; Color = 'rde' } | Test-TinySoraModel ./absent", "TinySora.Evaluation.BadExpectations", ErrorCategory.InvalidData);
        Assert.Contains("row 1, column Color: 'rde'", error.ErrorDetails.Message, StringComparison.Ordinal);
        workspace.Bad("Test-TinySoraModel ./absent -Path e.csv", "TinySora.Checkpoint.NotFound", ErrorCategory.ObjectNotFound);
    }
}
