using System.Management.Automation;
using TinySora.PowerShell.Tests.Cmdlets;
using TinySora.PowerShell.Tests.Shell;

namespace TinySora.PowerShell.Tests.Errors;

/// <summary>Every parameter of every cmdlet with values that make no sense: what comes of it is right, or an error of the catalogue.</summary>
[Collection(nameof(CmdletTests))]
public sealed class BadArgumentTests(TrainedWorkspace trained) : IClassFixture<TrainedWorkspace>, IDisposable
{
    private static readonly string[] Texts = ["''", "nowhere/none", "'*['"];
    private static readonly string[] Numbers = ["-1", "0", "many"];
    private static readonly string[] Fractions = ["-1", "NaN"];

    /// <summary>What a cmdlet cannot run without.</summary>
    private static readonly Dictionary<string, string> Needed = new()
    {
        ["Invoke-TinySoraGenerate"] = "-Prompt 'a red circle' -Force",
        ["Start-TinySoraTraining"] = "-Config tiny.yaml",
        ["Find-TinySoraLearningRate"] = "-Config tiny.yaml -Steps 10",
        ["Measure-TinySoraModel"] = "-Config tiny.yaml",
        ["Test-TinySoraResume"] = "-Config tiny.yaml",
        ["New-TinySoraDataset"] = "-Force",
        ["Set-TinySoraRun"] = "-Note x",
        ["Start-TinySoraStudio"] = "-WhatIf", // it would go on until it is stopped
        ["Measure-TinySoraAdherence"] = "-Prompt 'a red circle moving right'",
    };

    private readonly Workspace workspace = trained.Workspace;

    private readonly HashSet<string> before = [.. Directory.GetFileSystemEntries(trained.Workspace.Folder)];

    public static TheoryData<string> Cmdlets => [.. Workspace.CmdletNames];

    /// <summary>What a cmdlet has written under a senseless name would make sense of it for the next.</summary>
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
    public void Senseless_values_give_errors_of_the_catalogue(string name)
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

    [Fact]
    public void Most_paths_that_lead_nowhere_are_errors()
    {
        var errors = Workspace.Cmdlets.SelectMany(c => c.Own.Where(p => p.Name is "Path" or "LiteralPath" or "Checkpoint")
            .Select(p => workspace.Run(Line(c, p, "nowhere/none")).Errors.Count)).ToList();
        Assert.True(errors.Count(e => e == 1) > 12, string.Join(' ', errors));
    }

    /// <summary>As Get-Item has it; where something is to be made of what is there, nothing would be made without a word.</summary>
    [Fact]
    public void Patterns_that_match_nothing_are_errors_where_something_is_made_of_them_and_nowhere_else()
    {
        string[] makers = ["Export-TinySoraFrame", "New-TinySoraCaption"];
        foreach (var cmdlet in Workspace.Cmdlets)
        {
            if (cmdlet.Own.SingleOrDefault(p => p.Name == "Path" && p.Attributes.OfType<SupportsWildcardsAttribute>().Any()) is not { } path)
            {
                continue;
            }

            var run = workspace.Run(Line(cmdlet, path, "no*such"), confirm: _ => true);
            Assert.True(run.Objects.Count == 0 && run.Warnings.Count == 0, cmdlet.Name);
            if (makers.Contains(cmdlet.Name))
            {
                Assert.StartsWith("TinySora.Input.NothingMatches,", Assert.Single(run.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
            }
            else
            {
                Assert.True(run.Succeeded, $"{cmdlet.Name}: {run.ErrorOutput}");
            }
        }
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
    public void What_is_missing_is_said_to_be_missing(string line)
    {
        var run = workspace.Run(line);
        Assert.StartsWith("TinySora.Media.NotFound,", Assert.Single(run.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Empty(run.Warnings);
    }

    private static void AssertComplete(ErrorRecord error, string line)
    {
        // What cannot even be bound is PowerShell's to refuse.
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

    private static string[] ValuesFor(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        type = type.GetElementType() ?? type;
        return type == typeof(string) ? Texts
            : type == typeof(double) || type == typeof(float) ? Fractions
            : Numbers;
    }
}
