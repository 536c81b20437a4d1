using System.Management.Automation;
using System.Security.Cryptography;
using TinySora.PowerShell.Tests.Shell;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Every cmdlet that writes or removes something supports confirmation and -WhatIf, and overwrites nothing.</summary>
[Collection(nameof(CmdletTests))]
public sealed class SafetyTests : IDisposable
{
    private static readonly string[] VerbsThatOnlyLook = ["Get", "Test", "Measure", "Compare", "Find", "Show", "Wait"];

    /// <summary>Stands for a setup command: the corpus of <see cref="Workspace.AddCorpus"/>.</summary>
    private const string Corpus = "corpus";

    /// <summary>Stands for a setup command: an imitation of libtorch.</summary>
    private const string LibTorch = "libtorch";

    /// <summary>Stands for a setup command: an autoencoder and latents of the clips.</summary>
    private const string Autoencoder = "autoencoder";

    private readonly Workspace workspace = new();
    private readonly string? runtime = Environment.GetEnvironmentVariable("TINYSORA_RUNTIME");

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("TINYSORA_RUNTIME", runtime);
        workspace.Dispose();
    }

    /// <summary>For each cmdlet that writes: the setup that it needs, and a call that changes something.</summary>
    public static TheoryData<string, string, string> Writers { get; } = new()
    {
        { "Compare-TinySoraRun", "", "saved_models -ContactSheet sheet.png" },
        { "ConvertFrom-TinySoraLatent", Autoencoder, "coded/*.npy vae -OutputPath decoded" },
        { "Export-TinySoraCheckpoint", "", "saved_models -OutputPath model.pt" },
        { "Export-TinySoraContactSheet", "", "data -OutputPath sheet.png" },
        { "Export-TinySoraDataset", Corpus, "captions.jsonl msr/videos/all arrow -TextEncoderPath clip -Parts 1 -Device cpu" },
        { "Export-TinySoraFrame", "", "data -OutputPath pictures -Probability 1" },
        { "Export-TinySoraLatent", Autoencoder, "vae data latents -Frames 2" },
        { "Export-TinySoraLossCurve", "", "saved_models" },
        { "Export-TinySoraReport", "", "saved_models" },
        { "Find-TinySoraLearningRate", "", "tiny.yaml -Steps 10 -ChartPath rates.png" },
        { "Import-TinySoraCheckpoint", "Export-TinySoraCheckpoint saved_models -OutputPath model.pt", "model.pt -ResultsPath imported -Config tiny.yaml" },
        { "Install-TinySoraRuntime", LibTorch, "-LibTorchPath libtorch" },
        { "Invoke-TinySoraGenerate", "", "'a circle' -OutputName clip" },
        { "Measure-TinySoraReconstruction", Autoencoder, "vae data -OutputPath shown -Frames 2" },
        { "New-TinySoraCaption", "", "data -OutputPath captions.csv" },
        { "New-TinySoraConfig", "", "new.yaml" },
        { "New-TinySoraDataset", "", "made -Count 2 -ImageSize 16 -Frames 2" },
        { "Remove-TinySoraCheckpoint", "", "saved_models/step-00000003.safetensors" },
        { "Show-TinySoraDataset", "", "data -OutputPath preview.png" },
        { "Split-TinySoraDataset", Corpus, "msr collated" },
        { "Start-TinySoraTraining", "", "tiny.yaml -ResultsPath other" },
        { "Test-TinySoraModel", "Set-Content e.csv 'Prompt,MinChange', 'a red circle growing,0'", "-Path e.csv -ReportPath report.xml" },
    };

    public static IEnumerable<object[]> Names => Workspace.Cmdlets.Select(cmdlet => new object[] { cmdlet.Name });

    [Theory]
    [MemberData(nameof(Names))]
    public void Cmdlet_supports_ShouldProcess_unless_it_only_reads(string name)
    {
        var cmdlet = Workspace.Cmdlets.Single(c => c.Name == name);
        // Show-TinySoraRun makes a run draw.
        var looks = VerbsThatOnlyLook.Contains(cmdlet.Attribute.VerbName) && name != "Show-TinySoraRun" && Writers.All(row => row.Data.Item1 != name);
        Assert.True(
            looks != cmdlet.Attribute.SupportsShouldProcess,
            $"{name} {(looks ? "only looks, by its verb, and asks" : "changes something, by its verb, and lacks SupportsShouldProcess")}.");
        Assert.True(!looks || !cmdlet.Own.Any(p => p.Name is "OutputPath" or "Force"), $"{name} only looks, by its verb, but has an output.");
        // The studio writes on request of its page; StudioTests covers its -WhatIf.
        Assert.True(
            looks || GivesOrders(name) || name == "Start-TinySoraStudio" || Writers.Any(row => row.Data.Item1 == name),
            $"{name} changes something: give it a row in {nameof(SafetyTests)}.{nameof(Writers)}, which holds it to -WhatIf, -Confirm and -Force.");
    }

    [Theory]
    [MemberData(nameof(Writers))]
    public void Changes_are_shown_refused_or_made_according_to_WhatIf_and_Confirm(string name, string setup, string arguments)
    {
        workspace.Trained();
        if (setup == Corpus)
        {
            workspace.AddCorpus();
        }
        else if (setup == LibTorch)
        {
            Environment.SetEnvironmentVariable("TINYSORA_RUNTIME", workspace.At("runtime"));
            workspace.AddLibTorch("libtorch");
        }
        else if (setup == Autoencoder)
        {
            workspace.Good("Start-TinySoraTraining shapes-vae data vae -MaxSteps 1 -BatchSize 1 -Device cpu -Seed 1 "
                + "-Set @{ 'model.n_hiddens' = 8; 'trainer.validate_every' = 0; 'trainer.best_by' = 'loss' }");
            workspace.Good("Export-TinySoraLatent vae data coded -Frames 2");
        }
        else if (setup.Length > 0)
        {
            workspace.Good(setup);
        }

        var line = $"{name} {arguments}";
        var before = Snapshot();
        var shown = workspace.Good($"{line} -WhatIf");
        Assert.Contains("What if: ", shown.Output, StringComparison.Ordinal);
        Assert.Equal(before, Snapshot());

        var confirmations = 0;
        workspace.Run($"{line} -Confirm", confirm: _ => confirmations++ < 0);
        Assert.Equal(1, confirmations);
        Assert.Equal(before, Snapshot());

        workspace.Good($"{line} -WhatIf:$false -Confirm:$false");
        var after = Snapshot();
        Assert.NotEqual(before, after);

        // Once more without -Force: existing files are kept.
        workspace.Run($"{line} -Confirm:$false");
        var again = Snapshot();
        Assert.All(after.Where(file => IsWork(file.Key)), file => Assert.Equal(file.Value, again.GetValueOrDefault(file.Key)));
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("../../..")]
    [InlineData("'~'")]
    [InlineData("~/outside")]
    [InlineData("/tmp/outside")]
    public void Folder_outside_named_by_a_file_is_written_to_only_with_consent(string elsewhere)
    {
        workspace.Good("New-TinySoraDataset sub/training_data -Count 2 -ImageSize 16 -Frames 2");
        workspace.Write("sub/far.yaml", Workspace.TinyConfig + $"\n  results_folder: {elsewhere}\n");
        var before = Snapshot();
        var train = "Set-Location sub; Start-TinySoraTraining far.yaml -DataPath training_data -MaxSteps 1 -Device cpu";
        foreach (var line in new[] { train, $"{train} -Queue" })
        {
            string? question = null;
            var refused = workspace.Run(line, text =>
            {
                question = text;
                return false;
            });
            Assert.Contains("far.yaml", question, StringComparison.Ordinal);
            Assert.Empty(refused.Objects);
            Assert.Equal(before, Snapshot());

            // Without a user to ask.
            workspace.Bad(line, "TinySora.Input.OutsideFolder", ErrorCategory.SecurityError);
            Assert.Equal(before, Snapshot());
        }

        workspace.Good($"{train} -ResultsPath here");
        Assert.NotEmpty(workspace.Names("sub/here", "*.safetensors"));
        if (elsewhere == "../outside")
        {
            Assert.True(workspace.Run(train, _ => true).Succeeded);
            Assert.NotEmpty(workspace.Names("outside", "*.safetensors"));
            workspace.Good($"{train} -Force");
        }
    }

    [Fact]
    public void Plan_of_a_training_is_what_WhatIf_shows()
    {
        workspace.Good("New-TinySoraDataset data -Count 4 -ImageSize 16 -Frames 2");
        var shown = workspace.Good("Start-TinySoraTraining tiny.yaml -WhatIf");
        Assert.Empty(shown.Objects);
        foreach (var part in new[] { " parameters", "Memory: ", "(measured) on cpu", "Disk: 1 checkpoint of", "the run would end at 20" })
        {
            Assert.Contains(part, shown.Output, StringComparison.Ordinal);
        }

        workspace.Bad("Start-TinySoraTraining tiny.yaml -WhatIf -Resume", "TinySora.Training.NothingToResume", ErrorCategory.ObjectNotFound);
        workspace.Bad("Start-TinySoraTraining tiny.yaml -WhatIf -Device tpu", "TinySora.Runtime.UnknownDevice", ErrorCategory.InvalidArgument);
    }

    /// <summary>Requests to a live run are covered by <see cref="RunTests"/>.</summary>
    private static bool GivesOrders(string name) => name.EndsWith("-TinySoraRun", StringComparison.Ordinal);

    /// <summary>Excludes logs, which a run extends.</summary>
    private static bool IsWork(string path) => Path.GetExtension(path) is ".gif" or ".png" or ".txt" or ".safetensors" or ".pt" or ".yaml";

    private Dictionary<string, string> Snapshot() => Directory.GetFiles(workspace.Folder, "*", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal).ToDictionary(
            path => Path.GetRelativePath(workspace.Folder, path),
            path => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path))));
}
