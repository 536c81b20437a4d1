using System.Buffers.Binary;
using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Training in a separate process that is killed or terminated.</summary>
[Collection(nameof(CmdletTests))]
[Trait("Starts", "Processes")]
public sealed class KillTests : IDisposable
{
    private const int Steps = 40;
    private const string LastCheckpoint = "step-00000040.safetensors";

    private readonly Workspace workspace = new();

    public KillTests()
    {
        workspace.Good("New-TinySoraDataset training_data -Count 8 -ImageSize 16 -Frames 3");
        WritePreset("run.yaml", Steps, saveEvery: 2);
    }

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void Run_killed_at_random_moments_resumes_and_ends_with_the_same_weights_and_clips()
    {
        workspace.Good(Line("whole"));

        // Each kill comes in its own eighth of the run, the first one before any checkpoint, so that there is always more to do.
        var random = new Random(20);
        for (var kill = 0; kill < 4; kill++)
        {
            var step = kill == 0 ? 0 : (kill * Steps / 8) + random.Next(Steps / 8);
            using var process = Pwsh.Start(workspace.Folder, Workspace.ModuleFolder, Line("killed"));
            WaitUntil(process, () => kill == 0 ? File.Exists(workspace.At("killed", "config.yaml")) : NewestCheckpoint() >= step);
            Thread.Sleep(random.Next(30));
            process.Kill();
            process.WaitForExit();
            Assert.NotEqual(ExitCode.Success, process.ExitCode);
        }

        workspace.Good(Line("killed"));

        Assert.Equal(Tensors("whole"), Tensors("killed"));
        Assert.Equal(Enumerable.Range(1, Steps), MetricSteps());
        Assert.Empty(workspace.Names("killed", "*.partial"));

        Assert.Equal(Clip("whole"), Clip("killed"));

        // The rounding of sums depends on the number of threads.
        static string Line(string results) => $"Start-TinySoraTraining run.yaml -ResultsPath {results} -ThreadCount 1";

        byte[] Clip(string results)
        {
            workspace.Good($"Invoke-TinySoraGenerate 'a red circle moving right' -Checkpoint {results} -OutputPath {results}.gif -Seed 3");
            return File.ReadAllBytes(workspace.At($"{results}.gif"));
        }
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public void Signal_saves_a_checkpoint_writes_the_summary_runs_the_script_for_events_and_sets_the_exit_code(string signal)
    {
        Needs.Unix("signals");
        if (signal == "HUP")
        {
            Needs.Hangup();
        }

        WritePreset("long.yaml", steps: 1000000, saveEvery: 1000000);
        using var process = Pwsh.Start(
            workspace.Folder, Workspace.ModuleFolder, "Start-TinySoraTraining", "long.yaml", "-ResultsPath", "killed", "-SummaryPath", "summary.json",
            "-OnEvent", "{ $_.Kind >> events.txt }");
        WaitUntil(process, () => File.Exists(workspace.At("killed", "metrics.jsonl")));
        Pwsh.Terminate(process, signal);

        Assert.Equal(signal == "TERM" ? ExitCode.Interrupted : ExitCode.HungUp, Pwsh.Finish(process).Code);
        Assert.Equal("Cancelled", (string?)JsonNode.Parse(File.ReadAllText(workspace.At("summary.json")))!["stopped_because"]);
        Assert.Equal("Ended", File.ReadAllLines(workspace.At("events.txt"))[^1]);
        Assert.Single(workspace.Names("killed", "step-*.safetensors"));
        Assert.Equal(Enumerable.Range(1, NewestCheckpoint()), MetricSteps());
    }

    /// <summary>shapes-small with all of its features, at a size that takes little time.</summary>
    private void WritePreset(string name, int steps, int saveEvery)
    {
        workspace.Good($"New-TinySoraConfig {name}");
        var text = File.ReadAllText(workspace.At(name));
        foreach (var (key, value) in new[]
        {
            ("dim", "8"), ("dim_mults", "[1, 2]"), ("attn_heads", "2"), ("attn_dim_head", "8"), ("cond_dim", "16"), ("height", "16"), ("frames", "3"),
            ("sampling_steps", "2"), ("warmup_steps", "4"), ("step_start_ema", "0"), ("train_batch_size", "2"),
            ("train_num_steps", $"{steps}"), ("save_model_every", $"{saveEvery}"),
        })
        {
            var changed = Regex.Replace(text, $@"(?m)^(  {key}: )[^#\n]*", $"${{1}}{value} ");
            Assert.NotEqual(text, changed);
            text = changed;
        }

        workspace.Write(name, text + "  seed: 1\n");
    }

    private static void WaitUntil(Process process, Func<bool> condition)
    {
        while (!condition())
        {
            Pwsh.AssertRunning(process);
            Thread.Sleep(2);
        }
    }

    private int NewestCheckpoint() => workspace.Names("killed", "step-*.safetensors")
        .Select(name => int.Parse(name["step-".Length..^".safetensors".Length])).LastOrDefault();

    private IEnumerable<int> MetricSteps() =>
        File.ReadLines(workspace.At("killed", "metrics.jsonl")).Select(line => (int)JsonNode.Parse(line)!["step"]!);

    /// <summary>The last checkpoint's tensors: names, types, shapes and offsets from the header, and all their bytes.</summary>
    private (string Header, string Data) Tensors(string results)
    {
        var bytes = File.ReadAllBytes(workspace.At(results, LastCheckpoint));
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        var header = JsonNode.Parse(bytes.AsSpan(sizeof(long), length))!.AsObject();
        header.Remove("__metadata__"); // contains times
        return (header.ToJsonString(), Convert.ToHexString(bytes.AsSpan(sizeof(long) + length)));
    }
}
