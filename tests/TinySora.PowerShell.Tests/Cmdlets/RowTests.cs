using System.Globalization;
using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Rows of tables as JSON, CLIXML, jobs and hashtables deliver them: with nulls, lists and dates.</summary>
[Collection(nameof(CmdletTests))]
public sealed class RowTests : IDisposable
{
    private const string Train = "Start-TinySoraTraining -DataPath data -WhatIf";

    private readonly Workspace workspace = new();
    private readonly CultureInfo culture = CultureInfo.CurrentCulture;

    public RowTests() => workspace.Good("New-TinySoraDataset data -Count 4 -ImageSize 16 -Frames 2");

    public void Dispose()
    {
        CultureInfo.CurrentCulture = culture;
        workspace.Dispose();
    }

    [Theory]
    [InlineData("MM/dd/yyyy")]
    [InlineData("dd/MM/yyyy")]
    [InlineData("dd.MM.yyyy")]
    public void Date_is_the_same_in_every_culture(string pattern)
    {
        var own = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        own.DateTimeFormat.ShortDatePattern = pattern;
        CultureInfo.CurrentCulture = own;
        var day = DateTime.Today.AddDays(1);
        day = day.Day > 12 ? day.AddDays(20) : day; // another month if day and month were swapped
        var (date, text) = ($"([datetime]::new({day.Year}, {day.Month}, {day.Day}, 6, 30, 0))", day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        foreach (var line in (string[])
            [
                $"{Train} tiny.yaml -Until {date}", $"{Train} tiny.yaml -Until @('loss 0.1', {date})",
                $"'[{{\"Config\":\"tiny.yaml\",\"Until\":\"{text}T06:30:00\"}}]' | ConvertFrom-Json | {Train}",
                $"@{{ Config = 'tiny.yaml'; Until = {date} }} | {Train}",
            ])
        {
            Assert.DoesNotContain("would not start", workspace.Good(line).Output, StringComparison.Ordinal);
        }

        Assert.Contains("would not start", workspace.Good($"{Train} tiny.yaml -Until ({date}.AddYears(-1))").Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("@{ Config = 'tiny.yaml'; Set = $null }")]
    [InlineData("@{ Config = 'tiny.yaml'; Until = $null; Device = $null }")]
    [InlineData("[pscustomobject]@{ Config = 'tiny.yaml'; Set = $null; Until = $null }")]
    [InlineData("('{\"Config\":\"tiny.yaml\",\"Set\":null,\"Until\":null}' | ConvertFrom-Json)")]
    public void Null_in_a_cell_means_that_the_parameter_is_not_specified(string row) =>
        Assert.Contains("steps would start", workspace.Good($"{row} | {Train}").Output, StringComparison.Ordinal);

    [Theory]
    [InlineData("-Set $null")]
    [InlineData("-Until $null")]
    public void Null_as_an_argument_is_an_error(string argument) => Assert.StartsWith(
        "ParameterArgumentValidationError", Assert.Single(workspace.Run($"{Train} tiny.yaml {argument}").Errors).FullyQualifiedErrorId, StringComparison.Ordinal);

    [Fact]
    public void Null_as_a_number_is_an_error()
    {
        foreach (var line in (string[])["New-TinySoraDataset x -Count $null", "New-TinySoraDataset x -Frames $null", "Measure-TinySoraAdherence -Steps $null"])
        {
            Assert.StartsWith("CannotConvertArgument", Assert.Single(workspace.Run(line).Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Invalid_setting_of_a_hashtable_is_an_error_of_its_row() =>
        workspace.Bad($"@{{ Config = 'tiny.yaml'; Set = 'nokey' }} | {Train}", "TinySora.Input.BadValue", ErrorCategory.InvalidArgument);

    [Theory]
    [InlineData("[pscustomobject]@{ Prompt = [Collections.Generic.List[string]]@('a cat', 'a dog') }")]
    [InlineData("[pscustomobject]@{ Prompt = [Collections.ArrayList]@('a cat', 'a dog') }")]
    [InlineData("(, [Collections.ArrayList]@('a cat', 'a dog'))")]
    public void List_of_prompts_is_several_prompts(string row) => Assert.Equal(
        ["a cat", "a dog"], workspace.Good($"{row} | Invoke-TinySoraGenerate -Checkpoint shapes-lean -Steps 1 -OutputPath out").Values("Prompt"));

    [Fact]
    public void Object_without_a_path_is_an_error_of_its_row()
    {
        var run = workspace.Run(
            "@{ Prompt = 'a cat'; Checkpoint = @{ x = 1 } }, @{ Prompt = 'a dog' } | Invoke-TinySoraGenerate -Steps 1 -OutputPath out -WarningAction Ignore");
        Assert.StartsWith("TinySora.Input.BadValue", Assert.Single(run.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(["a dog"], run.Values("Prompt"));
    }

    [Theory]
    [InlineData("@{ Prompt = 'a cat' }", "TinySora.Input.PromptIsObject")]
    [InlineData("([pscustomobject]@{ Prompt = 'a cat'; Seed = 3 })", "TinySora.Input.PromptIsObject")]
    [InlineData("prompts.txt", "TinySora.Input.PipedFile")]
    [InlineData("(Get-Item prompts.txt)", "TinySora.Input.PipedFile")]
    public void Argument_that_should_be_piped_is_not_a_prompt(string argument, string id)
    {
        workspace.Write("prompts.txt", "a cat");
        Assert.Contains("| Invoke-TinySoraGenerate", workspace.Bad(
            $"Invoke-TinySoraGenerate {argument} -OutputPath out", id, ErrorCategory.InvalidArgument).ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
        Assert.False(Directory.Exists(workspace.At("out")));
    }

    [Fact]
    public void Piped_text_of_several_lines_is_reported() => Assert.Contains(
        workspace.Good("\"a cat`na dog`n\" | Invoke-TinySoraGenerate -Checkpoint shapes-lean -Steps 1 -OutputPath out").Warnings,
        warning => warning.Contains("-Raw", StringComparison.Ordinal));

    [Theory]
    [InlineData("New-TinySoraConfig data")]
    [InlineData("New-TinySoraConfig new/")]
    [InlineData("Show-TinySoraDataset data -OutputPath data")]
    public void Folder_in_place_of_an_output_file_is_reported_as_such(string line) =>
        workspace.Bad(line, "TinySora.Input.IsFolder", ErrorCategory.InvalidArgument);

    [Fact]
    public void Null_character_in_a_path_is_an_error() => workspace.Bad(
        "Invoke-TinySoraGenerate 'a cat' -OutputPath \"./a`0.gif\"", "TinySora.Input.BadPath", ErrorCategory.ObjectNotFound);

    [Fact]
    public void Completion_has_no_warnings()
    {
        Directory.CreateDirectory(workspace.At("runs", "empty"));
        Assert.Empty(workspace.Good("TabExpansion2 'Export-TinySoraCheckpoint ./runs/empty'").Warnings);
    }
}
