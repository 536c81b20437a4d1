using System.Management.Automation;
using TinySora.PowerShell.Tests.Cmdlets;
using TinySora.PowerShell.Tests.Shell;

namespace TinySora.PowerShell.Tests.Output;

/// <summary>Output of one cmdlet is accepted by others from the pipeline: directly, and read back from CSV, JSON or Clixml.</summary>
[Collection(nameof(CmdletTests))]
public sealed class PipingTests(PipedObjects objects) : IClassFixture<PipedObjects>
{
    /// <summary>The routes of objects to a cmdlet: directly, and through each of PowerShell's formats.</summary>
    private static readonly string[] Routes =
    [
        "$o", "$o | ConvertTo-Csv | ConvertFrom-Csv", "$o | ConvertTo-Json -Depth 5 | ConvertFrom-Json",
        "[Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($o))",
    ];

    private static readonly string[] Videos = ["GeneratedVideo", "ClipRecipe", "VideoCaption", "FileInfo"];
    private static readonly string[] Datasets = ["TinySoraDataset", "DatasetSummary"];
    private static readonly string[] Runs = ["TrainingResult", "TrainingRun", "RunComparison"];
    private static readonly string[] Models = [.. Runs, "CheckpointInfo", "GeneratedVideo"];

    /// <summary>Command lines that accept objects from the pipeline, with their types.</summary>
    private static readonly (string Line, string[] Types)[] Takes =
    [
        ("Export-TinySoraContactSheet -OutputPath sheet.png -Force", [.. Videos, .. Datasets]),
        ("Export-TinySoraFrame -OutputPath frames -WhatIf", [.. Videos, .. Datasets]),
        ("Get-TinySoraRecipe", ["GeneratedVideo", "ClipRecipe"]),
        ("Measure-TinySoraVideo -ImageSize 8 -Device cpu", [.. Videos, .. Datasets]),
        ("New-TinySoraCaption -OutputPath captions.csv -Force", [.. Videos, .. Datasets]),
        ("New-TinySoraDataset -Path pieces -ImageSize 8 -Frames 2 -WhatIf", ["GeneratedVideo", "VideoCaption", "FileInfo"]),
        ("Get-TinySoraDataset", [.. Datasets, "TinySoraDatasetPreview"]),
        ("Show-TinySoraDataset -OutputPath shown.png -Force", Datasets),
        ("Test-TinySoraDataset -Quiet", [.. Datasets, "TinySoraDatasetPreview"]),
        ("Start-TinySoraTraining tiny.yaml -ResultsPath other -WhatIf", Datasets),
        ("Get-TinySoraRun", [.. Runs, "CheckpointInfo"]),
        ("Compare-TinySoraRun", [.. Runs, "CheckpointInfo"]),
        ("Wait-TinySoraRun", [.. Runs, "CheckpointInfo"]),
        ("Export-TinySoraReport -OutputPath report.html -Force", [.. Runs, "CheckpointInfo"]),
        ("Export-TinySoraLossCurve -Force", [.. Runs, "CheckpointInfo"]),
        ("Get-TinySoraCheckpoint", Models),
        ("Remove-TinySoraCheckpoint -WhatIf", [.. Runs, "CheckpointInfo"]),
        ("Export-TinySoraCheckpoint -OutputPath exported.pt -Force", [.. Runs, "CheckpointInfo"]),
        ("Import-TinySoraCheckpoint -ResultsPath imported -WhatIf", [.. Runs, "CheckpointInfo"]),
        ("Start-TinySoraStudio -Device cpu -WhatIf", Models),
        ("Invoke-TinySoraGenerate 'a red circle' -OutputPath again -Device cpu -WhatIf", [.. Runs, "CheckpointInfo"]),
        ("Measure-TinySoraModel -Steps 1 -Device cpu", ["TrainingCost"]),
    ];

    public static TheoryData<string> Lines => [.. Takes.Select(take => take.Line)];

    [Theory]
    [MemberData(nameof(Lines))]
    public void Objects_are_accepted_alike_by_every_route(string line) => Assert.All(Takes.Single(take => take.Line == line).Types, type =>
    {
        var counts = Routes.Select(route => Sent(type, route, line).Objects.Count).Distinct();
        Assert.Single(counts);
    });

    /// <summary>PowerShell would convert an object to text such as <c>@{Count=3}</c> for a text parameter, and treat that as a path.</summary>
    [Fact]
    public void Objects_without_a_path_are_refused_by_every_cmdlet_that_accepts_paths()
    {
        var takers = Workspace.Cmdlets.Where(cmdlet => ByValue(cmdlet).Any() && ByValue(cmdlet).All(p => p.Name is not ("InputObject" or "Config"))).ToList();
        Assert.NotEmpty(takers);
        Assert.All(takers, cmdlet =>
        {
            var others = cmdlet.Name switch
            {
                "ConvertFrom-TinySoraLatent" => "-OutputPath x",
                "Split-TinySoraDataset" => "-OutputPath x",
                "Export-TinySoraReport" => "-OutputPath x",
                "Set-TinySoraRun" => "-Note x",
                _ => "",
            };
            var errors = objects.Workspace.Run($"[pscustomobject]@{{ Unrelated = 3 }} | {cmdlet.Name} {others}").Errors;
            Assert.Matches("^(InputObjectNotBound|AmbiguousParameterSet),", Assert.Single(errors).FullyQualifiedErrorId);
        });
    }

    [Fact]
    public void Times_survive_every_route()
    {
        var times = Routes.Select(route => Sent("RunEvent", route, "ForEach-Object { '{0:yyyy-MM-dd HH:mm:ss}' -f [datetime]$_.Time }").Objects.Single());
        Assert.Single(times.Distinct());
        Assert.All(TypedTests.Types.SelectMany(type => type.GetProperties()),
            property => Assert.NotEqual(typeof(DateTimeOffset), Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType));
    }

    private ShellRun Sent(string type, string route, string line)
    {
        var run = objects.Send(type, route, line);
        Assert.True(run.Succeeded, $"{type}, {route}: {run.ErrorOutput}");
        return run;
    }

    private static IEnumerable<ParameterMetadata> ByValue(CmdletInfo cmdlet) => cmdlet.Parameters.Values
        .Where(p => p.Attributes.OfType<ParameterAttribute>().Any(declared => declared.ValueFromPipeline));
}
