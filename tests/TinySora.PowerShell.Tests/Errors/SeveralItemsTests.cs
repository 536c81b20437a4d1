using System.Management.Automation;
using TinySora.PowerShell.Tests.Cmdlets;
using TinySora.PowerShell.Tests.Shell;

namespace TinySora.PowerShell.Tests.Errors;

/// <summary>
/// Every cmdlet that accepts several items, as an array or from the pipeline: a bad item among good ones is one error, and the good ones are processed.
/// </summary>
[Collection(nameof(CmdletTests))]
public sealed class SeveralItemsTests(TrainedWorkspace trained, LatentTests.Autoencoder codec)
    : IClassFixture<TrainedWorkspace>, IClassFixture<LatentTests.Autoencoder>
{
    /// <summary>Cmdlets that accept only one item.</summary>
    private static readonly string[] Single =
        ["Get-TinySoraDevice", "Install-TinySoraRuntime", "New-TinySoraConfig", "Test-TinySoraInstallation"];

    private static readonly Case[] Cases =
    [
        new("Get-TinySoraDataset", Both("Get-TinySoraDataset", "data", "absent", "data")),
        new("Show-TinySoraDataset", Both("Show-TinySoraDataset -Force", "data", "absent", "data")),
        new("Test-TinySoraDataset", Both("Test-TinySoraDataset -Quiet", "data", "absent", "data"), Results: 3), // true, false, true
        new("New-TinySoraCaption", Both("New-TinySoraCaption -Force", "data/00000.gif", "absent.gif", "data/00001.gif")),
        new("Export-TinySoraFrame", Both("Export-TinySoraFrame -Probability 1 -Force", "data", "absent", "data/00001.gif"), Results: 1),
        new("Export-TinySoraFrame", ["Export-TinySoraFrame -LiteralPath data, nowhere:/x, data/00001.gif -Probability 1 -Force"], Results: 1),
        new("New-TinySoraDataset", [
            "New-TinySoraDataset made -Frames 1 -Source data, absent, data/00001.gif -Force", "'data', 'absent', 'data' | New-TinySoraDataset made -Frames 1 -Force",
            "New-TinySoraDataset made -Frames 1 -LiteralSource data, nowhere:/x, data/00001.gif -Force", "New-TinySoraDataset made -Frames 1 -Source data, damaged.zip -Force",
            "New-TinySoraDataset ready -Kind Archive -Source data.zip, damaged.zip -Force", "'data.zip', 'absent' | New-TinySoraDataset ready -Kind Archive -Force",
        ], Results: 1),
        new("Split-TinySoraDataset", Piped("'msr', 'absent', 'msr' | Split-TinySoraDataset -OutputPath split -Force"), Results: 6, NeedsFFmpeg: true),
        new("Export-TinySoraDataset", [
            "$good = [pscustomobject]@{ CaptionPath = 'captions.jsonl'; VideoPath = 'msr/videos/all' }; $bad = [pscustomobject]@{ CaptionPath = 'absent'; VideoPath = 'msr/videos/all' }; "
                + "$good, $bad, $good | Export-TinySoraDataset -OutputPath arrow -TextEncoderPath clip -Parts 1 -Force",
        ], NeedsFFmpeg: true),
        new("Get-TinySoraConfig", Piped("'tiny.yaml', 'absent.yaml', 'tiny.yaml' | Get-TinySoraConfig -Key model.dim")),
        new("Test-TinySoraConfig", Both("Test-TinySoraConfig", "tiny.yaml", "absent.yaml", "tiny.yaml"), Results: 3),
        new("Measure-TinySoraModel", Both("Measure-TinySoraModel -Steps 1", "tiny.yaml", "absent.yaml", "tiny.yaml", "Config")),
        new("Find-TinySoraLearningRate", Piped("'tiny.yaml', 'absent.yaml', 'tiny.yaml' | Find-TinySoraLearningRate -Steps 10")),
        new("Find-TinySoraLearningRate", Piped("'data', 'absent', 'data' | ForEach-Object { [pscustomobject]@{ Config = 'tiny.yaml'; DataPath = $_ } } | Find-TinySoraLearningRate -Steps 10")),
        new("Test-TinySoraResume", Piped("'tiny.yaml', 'absent.yaml', 'tiny.yaml' | Test-TinySoraResume -Steps 2")),
        new("Test-TinySoraResume", Piped("'data', 'absent', 'data' | ForEach-Object { [pscustomobject]@{ Config = 'tiny.yaml'; DataPath = $_ } } | Test-TinySoraResume -Steps 2")),
        new("Start-TinySoraTraining", Piped("'tiny.yaml', 'absent.yaml', 'tiny.yaml' | Start-TinySoraTraining -ResultsPath row -Force")),
        new("Start-TinySoraTraining", Piped("@{ ResultsPath = 'row' }, @{ ResultsPath = 'row'; DataPath = 'absent' }, @{ ResultsPath = 'row' } | Start-TinySoraTraining tiny.yaml -Force")),
        new("Start-TinySoraTraining", Piped("'row', 'tiny.yaml/no', 'row' | ForEach-Object { [pscustomobject]@{ ResultsPath = $_ } } | Start-TinySoraTraining tiny.yaml -Force")),
        new("Start-TinySoraTraining", Piped("'nowhere:/x', 'row' | ForEach-Object { [pscustomobject]@{ ResultsPath = $_ } } | Start-TinySoraTraining tiny.yaml -Force"), Results: 1),
        new("Get-TinySoraRun", Both("Get-TinySoraRun", "saved_models", "absent", "second")),
        new("Compare-TinySoraRun", Both("Compare-TinySoraRun", "saved_models", "absent", "second")),
        new("Wait-TinySoraRun", Both("Wait-TinySoraRun", "saved_models", "absent", "second")),
        new("Set-TinySoraRun", Both("Set-TinySoraRun -Note x -PassThru", "saved_models", "absent", "second")),
        new("Export-TinySoraReport", Both("Export-TinySoraReport -Force", "saved_models", "absent", "second"), Results: 1),
        new("Export-TinySoraLossCurve", Piped("'saved_models', 'absent', 'second' | Export-TinySoraLossCurve -Force")),

        // None of these runs is live: each has its own error.
        new("Save-TinySoraRun", Both("Save-TinySoraRun", "saved_models", "absent", "second"), Results: 0, Errors: 3),
        new("Show-TinySoraRun", Both("Show-TinySoraRun", "saved_models", "absent", "second"), Results: 0, Errors: 3),
        new("Stop-TinySoraRun", Both("Stop-TinySoraRun", "saved_models", "absent", "second"), Results: 0, Errors: 3),
        new("Suspend-TinySoraRun", Both("Suspend-TinySoraRun", "saved_models", "absent", "second"), Results: 0, Errors: 3),
        new("Resume-TinySoraRun", Both("Resume-TinySoraRun", "saved_models", "absent", "second"), Results: 0, Errors: 3),
        new("Get-TinySoraCheckpoint", Both("Get-TinySoraCheckpoint", "saved_models", "absent", "second")),
        new("Remove-TinySoraCheckpoint", Both("Remove-TinySoraCheckpoint -WhatIf", "saved_models", "absent", "second"), Results: 0),
        new("Export-TinySoraCheckpoint", Both("Export-TinySoraCheckpoint -Format Safetensors -Force", "saved_models", "absent", "second")),
        new("Import-TinySoraCheckpoint", Both("Import-TinySoraCheckpoint -ResultsPath imported -Force", "one.pt", "absent.pt", "two.pt")),
        new("Invoke-TinySoraGenerate", Piped("'saved_models', 'absent', 'second' | ForEach-Object { [pscustomobject]@{ Prompt = 'a red circle'; Checkpoint = $_ } } | Invoke-TinySoraGenerate -Force")),
        new("Invoke-TinySoraGenerate", Piped("'', 'second', '' | ForEach-Object { [pscustomobject]@{ Prompt = 'a red circle'; Adapter = $_ } } | Invoke-TinySoraGenerate -Force")),
        new("Invoke-TinySoraGenerate", Piped("'', 'Training', '' | ForEach-Object { [pscustomobject]@{ Prompt = 'a red circle'; Weights = $_ } } | Invoke-TinySoraGenerate -Checkpoint one.safetensors -Force")),
        new("Get-TinySoraRecipe", Both("Get-TinySoraRecipe", "made.gif", "absent.gif", "made.gif")),
        new("Show-TinySoraVideo", Both("Show-TinySoraVideo", "made.gif", "absent.gif", "made.gif"), Results: 0),
        new("Export-TinySoraContactSheet", Both("Export-TinySoraContactSheet -Force", "made.gif", "absent.gif", "data"), Results: 1),
        new("Measure-TinySoraVideo", Both("Measure-TinySoraVideo", "made.gif", "absent.gif", "data"), Results: 1),
        new("Measure-TinySoraVideo", Both("Measure-TinySoraVideo", "made.gif", "empty", "data"), Results: 1),
        new("Measure-TinySoraAdherence", Piped(Property("Checkpoint", "saved_models", "absent", "second") + " | Measure-TinySoraAdherence -Prompt 'a red circle growing'")),
        new("Test-TinySoraModel", Piped("'saved_models', 'absent', 'second' | Test-TinySoraModel -Path expectations.csv")),
        new("Start-TinySoraStudio", Piped(Property("Checkpoint", "saved_models", "absent", "second") + " | Start-TinySoraStudio -WhatIf"), Results: 0),

        new("Measure-TinySoraReconstruction", Both("Measure-TinySoraReconstruction vae -Summary", "films", "absent", "films", "DataPath"), OfCodec: true),
        new("Measure-TinySoraReconstruction", Piped(Property("Checkpoint", "vae", "absent", "vae") + " | Measure-TinySoraReconstruction -DataPath films -Summary"), OfCodec: true),
        new("Test-TinySoraLatent", Both("Test-TinySoraLatent vae -Quiet", "films", "absent", "films", "DataPath"), OfCodec: true),
        new("Test-TinySoraLatent", Piped(Property("Checkpoint", "vae", "absent", "vae") + " | Test-TinySoraLatent -DataPath films -Quiet"), OfCodec: true),
        new("Export-TinySoraLatent", Both("Export-TinySoraLatent vae -OutputPath l -Frames 4 -Force", "films", "absent", "films", "DataPath"), OfCodec: true),
        new("Export-TinySoraLatent", Piped(Property("Checkpoint", "vae", "absent", "vae") + " | Export-TinySoraLatent -DataPath films -OutputPath l -Frames 4 -Force"), OfCodec: true),
        new("ConvertFrom-TinySoraLatent", Both("ConvertFrom-TinySoraLatent -Checkpoint vae -OutputPath v -Index 0 -Force", "one/*.npy", "absent.npy", "two/*.npy"), OfCodec: true),
        new("ConvertFrom-TinySoraLatent", Piped(
            "'vae', 'absent', './vae' | ForEach-Object { [pscustomobject]@{ Path = 'one/*.npy'; Checkpoint = $_ } } | ConvertFrom-TinySoraLatent -OutputPath v -Index 0 -Force"), OfCodec: true),
        new("Measure-TinySoraTokenEntropy", Piped(Property("Checkpoint", "vq", "absent", "vq") + " | Measure-TinySoraTokenEntropy -Count 2"), OfCodec: true),
    ];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Cases.Length)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Bad_item_is_one_error_and_the_others_are_processed(int number)
    {
        var (_, lines, results, errors, ofCodec, needsFFmpeg) = Cases[number];
        if (needsFFmpeg)
        {
            Needs.FFmpeg();
        }

        foreach (var line in lines)
        {
            var workspace = Prepared(ofCodec, needsFFmpeg);
            var run = workspace.Run(line);
            Assert.True(errors == run.Errors.Count, $"{line}: {run.Errors.Count} errors\n{run.ErrorOutput}");
            Assert.True(results == run.Objects.Count, $"{line}: {run.Objects.Count} results\n{run.ErrorOutput}");

            // A terminating error cannot be silenced, and the catch block would run.
            var silenced = workspace.Run($"try {{ {Silenced(line)} }} catch {{ 'ended'; 'ended'; 'ended'; 'ended'; 'ended'; 'ended'; 'ended' }}");
            Assert.True(silenced.Errors.Count == 0 && results == silenced.Objects.Count, $"{line}, silenced: {silenced.Objects.Count} results\n{silenced.ErrorOutput}");
        }
    }

    [Fact]
    public void Every_cmdlet_with_several_items_is_tested_in_every_way()
    {
        foreach (var cmdlet in Workspace.Cmdlets.Where(cmdlet => !Single.Contains(cmdlet.Name)))
        {
            var lines = Cases.Where(item => item.Cmdlet == cmdlet.Name).SelectMany(item => item.Lines).ToList();
            var attributes = cmdlet.Own.Where(p => p.Name != "InputObject").SelectMany(p => p.Attributes.OfType<ParameterAttribute>()).ToList();
            Assert.True(lines.Count > 0, cmdlet.Name);
            if (attributes.Any(attribute => attribute.ValueFromPipeline || attribute.ValueFromPipelineByPropertyName))
            {
                Assert.Contains(lines, line => line.Contains($"| {cmdlet.Name}", StringComparison.Ordinal));
            }

            if (cmdlet.Own.Any(p => p.Name is "Path" or "Source" or "DataPath" or "Config" && p.ParameterType == typeof(string[]) && cmdlet.Name is not ("Start-TinySoraStudio" or "Measure-TinySoraAdherence")))
            {
                Assert.Contains(lines, line => line.StartsWith(cmdlet.Name, StringComparison.Ordinal));
            }
        }
    }

    private static string[] Piped(string line) => [line];

    private static string Property(string name, params string[] values) =>
        $"'{string.Join("', '", values)}' | ForEach-Object {{ [pscustomobject]@{{ {name} = $_ }} }}";

    private static string[] Both(string line, string first, string bad, string last, string parameter = "Path")
    {
        var array = $"{line} -{parameter} {first}, {bad}, {last}";
        return parameter == "DataPath" ? [array] : [array, $"'{first}', '{bad}', '{last}' | {line}"];
    }

    /// <summary>Adds -ErrorAction to the cmdlet, which is the last command of the pipeline.</summary>
    private static string Silenced(string line) => $"{line} -ErrorAction SilentlyContinue";

    private Workspace Prepared(bool ofCodec, bool isCorpus)
    {
        var workspace = ofCodec ? codec.Workspace : trained.Workspace;
        if (ofCodec && !Directory.Exists(workspace.At("two")))
        {
            workspace.Good("Export-TinySoraLatent vae films one -Frames 4; Copy-Item one two -Recurse");
        }

        if (!ofCodec && !File.Exists(workspace.At("damaged.zip")))
        {
            workspace.Good(
                "Copy-Item saved_models second -Recurse; $null = Invoke-TinySoraGenerate 'a red circle' -OutputPath made.gif; New-Item empty -ItemType Directory | Out-Null; "
                + "$null = Export-TinySoraCheckpoint saved_models one.safetensors; 'one', 'two' | ForEach-Object { $null = Export-TinySoraCheckpoint saved_models \"$_.pt\" -Form Checkpoint }");
            workspace.Write("expectations.csv", "Prompt,MinChange\na red circle growing,0\n");
            System.IO.Compression.ZipFile.CreateFromDirectory(workspace.At("data"), workspace.At("data.zip"));
            workspace.Write("damaged.zip", "PK\u0003\u0004 and no more");
        }

        if (isCorpus && !Directory.Exists(workspace.At("msr")))
        {
            workspace.AddCorpus();
        }

        return workspace;
    }

    /// <param name="Results">Number of objects that the good items return.</param>
    private sealed record Case(string Cmdlet, string[] Lines, int Results = 2, int Errors = 1, bool OfCodec = false, bool NeedsFFmpeg = false);
}
