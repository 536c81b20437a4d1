using System.Diagnostics;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Ctrl-C stops every cmdlet that can run longer than two seconds.</summary>
[Collection(nameof(CmdletTests))]
public sealed class StopTests(StopTests.Files files) : IClassFixture<StopTests.Files>
{
    /// <summary>Time limit from Ctrl-C to the prompt. The documentation promises one second; the rest is for machines busy with other work.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Command lines that run for minutes, by cmdlet.</summary>
    private static readonly Dictionary<string, string[]> Long = new(StringComparer.Ordinal)
    {
        ["Compare-TinySoraRun"] = ["Compare-TinySoraRun saved_models -Adherence -Count 10000"],
        ["ConvertFrom-TinySoraLatent"] = ["ConvertFrom-TinySoraLatent latents/*.npy vae -OutputPath decoded"],
        ["Export-TinySoraContactSheet"] = ["Export-TinySoraContactSheet heavy -MiddleFrameOnly"],
        ["Export-TinySoraDataset"] = ["Export-TinySoraDataset heavy.jsonl heavy arrow -TextEncoderPath clip -Parts 1"],
        ["Export-TinySoraFrame"] = ["Export-TinySoraFrame heavy frames -Probability 0.0001"],
        ["Export-TinySoraLatent"] = ["Export-TinySoraLatent vae heavy latents-of-heavy -Frames 4"],
        ["Find-TinySoraLearningRate"] = ["Find-TinySoraLearningRate slow.yaml -Steps 100000"],
        ["Get-TinySoraDataset"] = ["Get-TinySoraDataset heavy"],
        ["Get-TinySoraRun"] = ["Get-TinySoraRun live -Watch"],
        ["Invoke-TinySoraGenerate"] =
        [
            "Invoke-TinySoraGenerate 'a cow' -Count 10000 -OutputPath many",
            "Invoke-TinySoraGenerate 'a cow' -Checkpoint slow -Steps 100000 -OutputPath one",
        ],
        ["Measure-TinySoraAdherence"] = ["Measure-TinySoraAdherence -Count 10000"],
        ["Measure-TinySoraModel"] = ["Measure-TinySoraModel shapes-small -Steps 10000"],
        ["Measure-TinySoraReconstruction"] = ["Measure-TinySoraReconstruction vae heavy"],
        ["Measure-TinySoraTokenEntropy"] = ["Measure-TinySoraTokenEntropy vq -Count 100000"],
        ["Measure-TinySoraVideo"] = ["Measure-TinySoraVideo heavy"],
        ["New-TinySoraCaption"] = ["New-TinySoraCaption heavy"],
        ["New-TinySoraDataset"] =
        [
            "New-TinySoraDataset cut -Source long.gif -Frames 1 -MaxClipsPerVideo 1000000",
            "New-TinySoraDataset planned -Count 5000000",
            "New-TinySoraDataset drawn -Kind FlyingMnist -Count 100000",
        ],
        ["Resume-TinySoraRun"] = ["Resume-TinySoraRun live"],
        ["Save-TinySoraRun"] = ["Save-TinySoraRun live"],
        ["Set-TinySoraRun"] = ["Set-TinySoraRun live -LearningRate 0.1"],
        ["Show-TinySoraDataset"] = ["Show-TinySoraDataset heavy -Count 1000"],
        ["Show-TinySoraRun"] = ["Show-TinySoraRun live"],
        ["Start-TinySoraStudio"] = ["Start-TinySoraStudio saved_models"],
        ["Start-TinySoraTraining"] =
        [
            "Start-TinySoraTraining slow.yaml -ResultsPath endless -MaxSteps 100000000",
            "Start-TinySoraTraining slow.yaml -ResultsPath reading -DataPath heavy",
        ],
        ["Stop-TinySoraRun"] = ["Stop-TinySoraRun live"],
        ["Suspend-TinySoraRun"] = ["Suspend-TinySoraRun live"],
        ["Test-TinySoraDataset"] = ["Test-TinySoraDataset heavy"],
        ["Test-TinySoraLatent"] = ["Test-TinySoraLatent vae heavy -Count 1000"],
        ["Test-TinySoraModel"] = ["Test-TinySoraModel -Path expectations.csv"],
        ["Test-TinySoraResume"] = ["Test-TinySoraResume slow.yaml -Steps 100000"],
        ["Wait-TinySoraRun"] = ["Wait-TinySoraRun live"],
    };

    /// <summary>Reasons why a cmdlet has no line above.</summary>
    private static readonly Dictionary<string, string> Short = new(StringComparer.Ordinal)
    {
        ["Export-TinySoraCheckpoint"] = "writes one file; CancellationTests",
        ["Export-TinySoraLossCurve"] = "reads one file of numbers; CancellationTests",
        ["Export-TinySoraReport"] = "reads small pictures of runs; CancellationTests",
        ["Get-TinySoraCheckpoint"] = "reads the beginnings of files",
        ["Get-TinySoraConfig"] = "reads one text",
        ["Get-TinySoraDevice"] = "asks libtorch once",
        ["Get-TinySoraRecipe"] = "reads one comment per file, and PowerShell stops it between two",
        ["Import-TinySoraCheckpoint"] = "writes one file; CancellationTests",
        ["Install-TinySoraRuntime"] = "has nothing to install where tests run: the libraries are next to the module",
        ["New-TinySoraConfig"] = "writes one text",
        ["Remove-TinySoraCheckpoint"] = "removes files",
        ["Show-TinySoraVideo"] = "plays on a terminal only, which a session of the tests does not have",
        ["Split-TinySoraDataset"] = "copies files and can stop within one; large ones would fill the disk of the tests",
        ["Test-TinySoraConfig"] = "reads one text",
        ["Test-TinySoraInstallation"] = "looks at a dozen parts, and PowerShell stops it between two",
    };

    private readonly Workspace workspace = files.Workspace;

    public static TheoryData<string> Lines => [.. Long.Values.SelectMany(lines => lines)];

    [Fact]
    public void Every_cmdlet_has_a_line_or_a_reason() =>
        Assert.Equal(Workspace.CmdletNames, Long.Keys.Concat(Short.Keys).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Cmdlet_stops_with_its_work_unfinished(string line)
    {
        File.Delete(workspace.At("begun"));
        File.Delete(workspace.At("ended"));
        using var stop = new CancellationTokenSource();
        var script = $"New-Item begun -ItemType File | Out-Null; {line}; New-Item ended -ItemType File | Out-Null";
        var pipeline = Task.Run(() => workspace.Run(script, cancellation: stop.Token));
        while (!File.Exists(workspace.At("begun")) && !pipeline.IsCompleted)
        {
            await Task.Delay(10);
        }

        await Task.WhenAny(pipeline, Task.Delay(1500));
        var watch = Stopwatch.StartNew();
        await stop.CancelAsync();
        var run = await pipeline;

        Assert.True(watch.Elapsed < Limit, $"It worked on for {watch.Elapsed}.");
        Assert.True(run.Stopped, run.ErrorOutput);
        Assert.Empty(run.Errors);
        Assert.False(File.Exists(workspace.At("ended")));

        // Clips decoded so far stay in the caches for the next time.
        Assert.DoesNotContain(
            Directory.GetFiles(workspace.Folder, "*.partial", SearchOption.AllDirectories), path => Path.GetFileName(Path.GetDirectoryName(path)) != ".tinysora");
    }

    /// <summary>Videos, models and a run that take long to process but little time to make.</summary>
    public sealed class Files : IDisposable
    {
        private const int Films = 300;

        private readonly FileStream held;

        public Files()
        {
            Workspace.Good("New-TinySoraDataset data -Count 6 -ImageSize 16 -Frames 4 | Start-TinySoraTraining tiny.yaml");
            Workspace.Good("Copy-Item saved_models live -Recurse");
            Workspace.Write("slow.yaml", Workspace.TinyConfig.Replace("timesteps: 10", "timesteps: 100000", StringComparison.Ordinal));
            Workspace.Good("Start-TinySoraTraining slow.yaml -ResultsPath slow -MaxSteps 1");
            Autoencoders();
            Heavy();
            WriteLongGif();
            Workspace.Write("expectations.csv", "Prompt,MinChange\n" + string.Concat(Enumerable.Repeat("a cow,0\n", 20_000)));
            held = new FileStream(Workspace.At("live", ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }

        public Workspace Workspace { get; } = new();

        public void Dispose()
        {
            held.Dispose();
            Workspace.Dispose();
        }

        private void Autoencoders()
        {
            Workspace.Write("frames.yaml", FrameTrainingTests.Tiny);
            Workspace.Good("Start-TinySoraTraining frames.yaml -DataPath data -ResultsPath vae -MaxSteps 1");
            var config = VideoAutoencoderTests.Config.Replace("{0}", "s4t4_b_vq", StringComparison.Ordinal);
            Workspace.Write("vq.yaml", config.Replace("validate_every: 2 epochs", "validate_every: 0", StringComparison.Ordinal)
                .Replace("best_by: val.recon", "best_by: loss", StringComparison.Ordinal));
            Workspace.Good("Start-TinySoraTraining vq.yaml -DataPath data -ResultsPath vq -MaxSteps 1");
            var latents = (string)Workspace.Good("Export-TinySoraLatent vae data latents -Frames 4").Values("Path")[0]!;
            for (var i = 0; i < 3000; i++)
            {
                File.Copy(latents, Workspace.At("latents", $"{i}-{Path.GetFileName(latents)}"));
            }
        }

        /// <summary>Writes a GIF of one pixel and 200 frames, each shown for eleven minutes.</summary>
        private void WriteLongGif()
        {
            byte[] frame = [0x21, 0xF9, 4, 0, 0xFF, 0xFF, 0, 0, 0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0];
            File.WriteAllBytes(
                Workspace.At("long.gif"),
                [.. "GIF89a"u8, 1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255, .. Enumerable.Repeat(frame, 200).SelectMany(bytes => bytes), 0x3B]);
        }

        /// <summary>Writes videos that are small files but take a tenth of a second to decode.</summary>
        private void Heavy()
        {
            Workspace.Good("New-TinySoraDataset film -Count 1 -ImageSize 256 -Frames 300");
            Directory.CreateDirectory(Workspace.At("heavy"));
            for (var i = 0; i < Films; i++)
            {
                File.Copy(Workspace.At("film", "00000.gif"), Workspace.At("heavy", $"{i}.gif"));
                File.WriteAllText(Workspace.At("heavy", $"{i}.txt"), "a cow\n");
            }

            Workspace.Write("heavy.jsonl", string.Concat(Enumerable.Range(0, Films).Select(i => $"{{\"file\": \"{i}.gif\", \"captions\": [\"a cow\"]}}\n")));
            Directory.CreateDirectory(Workspace.At("clip"));
            foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Golden", "clip")))
            {
                File.Copy(file, Workspace.At("clip", Path.GetFileName(file)));
            }
        }
    }
}
