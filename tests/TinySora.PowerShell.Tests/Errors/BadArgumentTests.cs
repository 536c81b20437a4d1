using System.Management.Automation;
using TinySora.PowerShell.Tests.Cmdlets;
using TinySora.PowerShell.Tests.Shell;

namespace TinySora.PowerShell.Tests.Errors;

/// <summary>Every parameter of every cmdlet with meaningless values: the result is correct, or an error of the catalogue.</summary>
[Collection(nameof(CmdletTests))]
public sealed class BadArgumentTests(TrainedWorkspace trained) : IClassFixture<TrainedWorkspace>, IDisposable
{
    private static readonly string[] Texts = ["''", "nowhere/none", "'*['"];
    private static readonly string[] Numbers = ["-1", "0", "many"];
    private static readonly string[] Fractions = ["-1", "NaN"];

    /// <summary>The mandatory parameters of cmdlets.</summary>
    private static readonly Dictionary<string, string> Needed = new()
    {
        ["Invoke-TinySoraGenerate"] = "-Prompt 'a red circle' -Force",
        ["Start-TinySoraTraining"] = "-Config tiny.yaml",
        ["Find-TinySoraLearningRate"] = "-Config tiny.yaml -Steps 10",
        ["Measure-TinySoraModel"] = "-Config tiny.yaml",
        ["Test-TinySoraResume"] = "-Config tiny.yaml",
        ["New-TinySoraDataset"] = "-Force",
        ["Set-TinySoraRun"] = "-Note x",
        ["Start-TinySoraStudio"] = "-WhatIf", // otherwise it would run until it is stopped
        ["Measure-TinySoraAdherence"] = "-Prompt 'a red circle moving right'",
    };

    private readonly Workspace workspace = trained.Workspace;

    private readonly HashSet<string> before = [.. Directory.GetFileSystemEntries(trained.Workspace.Folder)];

    public static TheoryData<string> Cmdlets => [.. Workspace.CmdletNames];

    /// <summary>A file that a cmdlet has written under a meaningless name would make the name valid for the next one.</summary>
    public void Dispose()
    {
        foreach (var path in Directory.GetFileSystemEntries(workspace.Folder).Where(path => !before.Contains(path)))
        {
            if (File.Exists(path))
            {
                File.Delete(path);
            }
            else
            {
                Directory.Delete(path, recursive: true);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Meaningless_values_give_errors_of_the_catalogue(string name)
    {
        var cmdlet = Workspace.Cmdlets.Single(c => c.Name == name);
        foreach (var parameter in cmdlet.Own.Where(p => !p.SwitchParameter))
        {
            foreach (var value in ValuesFor(parameter.ParameterType))
            {
                var line = Line(cmdlet, parameter, value);
                var run = workspace.Run(line, confirm: _ => true);
                Assert.All(run.Errors, e => AssertComplete(e, line));
            }
        }
    }

    /// <summary>PowerShell would convert 2.5 to 2 and 2,5 to 25 for an integer, and show .NET's message for a word.</summary>
    [Fact]
    public void Every_numeric_parameter_accepts_only_numbers() => Assert.All(
        Workspace.Cmdlets.SelectMany(cmdlet => cmdlet.Own.Where(parameter => IsNumber(parameter.ParameterType)), (cmdlet, parameter) => (cmdlet.Name, parameter)),
        found => Assert.True(
            found.parameter.Attributes.Any(attribute => attribute.GetType().Name is "NumberAttribute" or "NumberCellAttribute" or "NumberListAttribute"), $"{found.Name} -{found.parameter.Name}"));

    [Fact]
    public void Most_nonexistent_paths_are_errors()
    {
        var errors = Workspace.Cmdlets.SelectMany(c => c.Own.Where(p => p.Name is "Path" or "LiteralPath" or "Checkpoint")
            .Select(p => workspace.Run(Line(c, p, "nowhere/none")).Errors.Count)).ToList();
        Assert.True(errors.Count(e => e == 1) > 12, string.Join(' ', errors));
    }

    /// <summary>As in Get-Item. A cmdlet that makes a file of its input would otherwise silently write none.</summary>
    [Fact]
    public void Patterns_without_matches_are_errors_only_if_something_is_made_of_them()
    {
        // The parameter for the cmdlet's output file; "" if it always writes one.
        var makers = new Dictionary<string, string>
        {
            ["Compare-TinySoraRun"] = " -ContactSheet sheet.png", ["ConvertFrom-TinySoraLatent"] = "", ["Export-TinySoraCheckpoint"] = "",
            ["Export-TinySoraContactSheet"] = "", ["Export-TinySoraFrame"] = "", ["Export-TinySoraLatent"] = "", ["Export-TinySoraReport"] = "",
            ["Import-TinySoraCheckpoint"] = "", ["Measure-TinySoraReconstruction"] = " -OutputPath shown", ["New-TinySoraCaption"] = "", ["New-TinySoraDataset"] = "",
            ["Show-TinySoraDataset"] = "",
        };
        var tried = new HashSet<string>();
        foreach (var (cmdlet, path) in Workspace.Cmdlets.SelectMany(c => c.Own.Where(p => p.Attributes.OfType<SupportsWildcardsAttribute>().Any()), (c, p) => (c, p)))
        {
            tried.Add(cmdlet.Name);
            foreach (var value in (string[])["no*such", "tiny.yaml*no"])
            {
                var line = Line(cmdlet, path, value);
                if (makers.GetValueOrDefault(cmdlet.Name) is string with)
                {
                    AssertNothing(line + with, isError: true);
                }

                if (makers.GetValueOrDefault(cmdlet.Name) != "")
                {
                    AssertNothing(line, isError: false);
                }
            }
        }

        Assert.Superset(makers.Keys.ToHashSet(), tried);

        void AssertNothing(string line, bool isError)
        {
            var run = workspace.Run(line, confirm: _ => true);
            Assert.True(run.Objects.Count == 0 && run.Warnings.Count == 0, line);
            Assert.True(isError ? run.Errors.Count == 1 : run.Succeeded, $"{line}: {run.ErrorOutput}");
            Assert.All(run.Errors, error => Assert.StartsWith("TinySora.Input.NothingMatches,", error.FullyQualifiedErrorId, StringComparison.Ordinal));
        }
    }

    /// <summary>An empty value usually comes from an unset variable, so the default would not be what the user meant.</summary>
    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Empty_text_is_a_binding_error_for_every_parameter(string name)
    {
        // Set-TinySoraRun -Note '' removes a note, -Device '' means auto, and an empty prompt has its own error.
        string[] meant = ["Set-TinySoraRun Note", "Invoke-TinySoraGenerate Prompt"];
        string[] mayHoldSome = ["Set-TinySoraRun Tag"];
        var cmdlet = Workspace.Cmdlets.Single(c => c.Name == name);
        foreach (var parameter in cmdlet.Own.Where(p => TakesText(p) && p.Name != "Device" && !meant.Contains($"{name} {p.Name}")))
        {
            foreach (var value in (string[])["''", "$nobodyHasSetThis", parameter.ParameterType == typeof(string[]) && !mayHoldSome.Contains($"{name} {parameter.Name}") ? "'data', ''" : "\"\""])
            {
                var line = Line(cmdlet, parameter, value).Replace("-Count 1", "-Count 2", StringComparison.Ordinal);
                var run = workspace.Run(line, confirm: _ => true);
                Assert.True(run.Errors.Count == 1 && run.Errors[0].Exception is ParameterBindingException, $"{line}: {run.Errors.Count} errors {run.ErrorOutput}");
                Assert.Equal(ErrorCategory.InvalidData, run.Errors[0].CategoryInfo.Category);
                Assert.Contains($"'{parameter.Name}'", run.Errors[0].Exception.Message, StringComparison.Ordinal);
                Assert.Empty(run.Objects);
            }
        }
    }

    /// <summary>Whether a parameter is text, or a type that reads a cell of a table.</summary>
    private static bool TakesText(ParameterMetadata parameter) =>
        (parameter.ParameterType.GetElementType() ?? parameter.ParameterType) == typeof(string)
        || parameter.Attributes.Any(cell => cell.GetType().Name is "NumberCellAttribute" or "NumberListAttribute" or "EmptyIsNullAttribute" or "SettingCellAttribute");

    [Fact]
    public void Path_that_may_be_a_pattern_may_be_literal_too() => Assert.All(
        Workspace.Cmdlets.Where(c => c.Own.Any(p => p.Name is "Path" or "Source" && p.Attributes.OfType<SupportsWildcardsAttribute>().Any())),
        cmdlet => Assert.Contains(cmdlet.Own, p => p.Name is "LiteralPath" or "LiteralSource"));

    /// <summary>Every row of a table has all columns.</summary>
    [Fact]
    public void Empty_cell_is_ignored()
    {
        workspace.Write("runs.csv", "Config,DataPath,ResultsPath,Budget,Note,Tag,Set,MaxSteps,KeepIf,SummaryPath\ntiny.yaml,,cells,,,,,2,,\n");
        Assert.Equal([2], workspace.Good("Start-TinySoraTraining tiny.yaml -ResultsPath cells -MaxSteps 1 -Note kept -Tag kept; Import-Csv runs.csv | Start-TinySoraTraining").Values("Step").Skip(1));
        Assert.Equal(["kept"], workspace.Good("Get-TinySoraRun cells").Values("Note"));
        workspace.Write("prompts.csv", "Prompt,NegativePrompt,Seed,Checkpoint,OutputName,Sampler,Set,Weights,Format\na red circle,,,,,,,,\n");
        var video = workspace.Good("Import-Csv prompts.csv | Invoke-TinySoraGenerate -OutputPath cells -Force");
        Assert.Single(workspace.Good("Import-Csv prompts.csv | Invoke-TinySoraGenerate -OutputPath cells -Force | Export-Csv made.csv; Import-Csv made.csv | Export-TinySoraContactSheet").Objects);
        Assert.Single(video.Objects);
        var blank = workspace.Run("'', 'tiny.yaml' | Start-TinySoraTraining -ResultsPath blank -MaxSteps 1");
        Assert.IsType<ParameterBindingException>(Assert.Single(blank.Errors).Exception);
        Assert.Single(blank.Objects);
    }

    [Theory]
    [InlineData("Export-TinySoraContactSheet nowhere")]
    [InlineData("Export-TinySoraContactSheet nowhere.gif")]
    [InlineData("Get-TinySoraRecipe nowhere")]
    [InlineData("Measure-TinySoraVideo nowhere")]
    [InlineData("Measure-TinySoraVideo nowhere.mp4")]
    [InlineData("Show-TinySoraVideo nowhere")]
    [InlineData("Show-TinySoraVideo nowhere.gif")]
    [InlineData("Show-TinySoraVideo nowhere.gif -Viewer")]
    public void Missing_item_is_reported_as_missing(string line)
    {
        var run = workspace.Run(line);
        Assert.StartsWith("TinySora.Media.NotFound,", Assert.Single(run.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Empty(run.Warnings);
    }

    private static void AssertComplete(ErrorRecord error, string line)
    {
        // PowerShell itself refuses values that it cannot bind.
        if (error.Exception is ParameterBindingException)
        {
            return;
        }

        Assert.True(Catalogue.Entries.Any(e => e.Id == error.FullyQualifiedErrorId.Split(',')[0]), $"{line}: {error.FullyQualifiedErrorId} {error.Exception}");
        Assert.False(error.FullyQualifiedErrorId.Contains("Unexpected", StringComparison.Ordinal), $"{line}: {error.Exception}");
        Assert.True(error.CategoryInfo.Category != ErrorCategory.NotSpecified && error.TargetObject is not null
            && error.ErrorDetails?.RecommendedAction is { Length: > 0 }, $"{line}: {error.FullyQualifiedErrorId} lacks something.");
    }

    private static string Line(CmdletInfo cmdlet, ParameterMetadata tested, string value)
    {
        var set = cmdlet.ParameterSets.Where(s => s.Parameters.Any(p => p.Name == tested.Name)).OrderByDescending(s => s.IsDefault).First();
        var others = set.Parameters.Where(p => p.Name != tested.Name).ToList();
        var mandatory = others.Where(p => p.IsMandatory)
            .Select(p => $"-{p.Name} {(p.Name == "Path" && cmdlet.Name.EndsWith("Config", StringComparison.Ordinal) ? "tiny.yaml" : "data")}");
        var few = others.Where(p => p.Name == "Count").Select(_ => "-Count 1");
        var needed = Needed.GetValueOrDefault(cmdlet.Name, "");
        return $"{cmdlet.Name} {(needed.Contains($"-{tested.Name} ", StringComparison.Ordinal) ? "" : needed)} "
            + $"{string.Join(' ', mandatory.Concat(few))} -{tested.Name}:{value}";
    }

    private static Type Plain(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type.GetElementType() ?? type;
    }

    private static bool IsNumber(Type type) => Plain(type) is var plain && !plain.IsEnum && Type.GetTypeCode(plain) is >= TypeCode.SByte and <= TypeCode.Decimal;

    private static string[] ValuesFor(Type type)
    {
        type = Plain(type);
        return type == typeof(string) ? Texts
            : type == typeof(double) || type == typeof(float) ? Fractions
            : Numbers;
    }
}
