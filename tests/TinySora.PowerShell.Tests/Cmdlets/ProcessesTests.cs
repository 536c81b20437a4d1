using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Runs shared by several processes, under the launchers of both MPI libraries in Debian.</summary>
[Collection(nameof(CmdletTests))]
[Trait("Starts", "Processes")]
public sealed class ProcessesTests(ProcessesTests.OneProcess one) : IClassFixture<ProcessesTests.OneProcess>
{
    internal const int Steps = 50;
    private const int BatchSize = 5;
    private const string OpenMpi = MpiProgram.OpenMpi;
    private const string Mpich = MpiProgram.Mpich;

    /// <summary>The number of SIGTERM.</summary>
    private const int Terminated = 15;

    /// <summary>In seconds, as without the environment variable.</summary>
    private const int Limit = 120;

    private readonly Workspace workspace = one.Workspace;

    [Theory]
    [InlineData(OpenMpi, 2)]
    [InlineData(Mpich, 3)]
    public void Several_processes_train_like_one(string mpi, int count)
    {
        var results = $"{mpi}-{count}";
        var (code, output, error) = Finish(Start(mpi, count, $"Start-TinySoraTraining run.yaml -ResultsPath {results}"));
        Assert.True(code == ExitCode.Success, error);
        Assert.Equal(1, output.Split("Completed").Length - 1); // the other processes print nothing

        // The examples of each step are those of a single process, in shares whose sizes differ by at most one.
        var (alone, together) = (Metrics("one"), Metrics(results));
        Assert.Equal(Steps, together.Count);
        Assert.All(alone.Zip(together), step =>
        {
            Assert.Equal((double)step.First["loss"]!, (double)step.Second["loss"]!, 1e-6);
            Assert.Equal((double)step.First["grad_norm"]!, (double)step.Second["grad_norm"]!, 1e-5);
            Assert.InRange((double)step.Second["tflop"]! / (double)step.First["tflop"]!, 0.8, 1.0001); // captions are padded to the longest in a share
            var shares = step.Second["examples"]!.AsArray().Select(share => share!.AsArray().Select(index => (int)index!).ToList()).ToList();
            Assert.Equal(count, shares.Count);
            Assert.InRange(shares.Max(share => share.Count) - shares.Min(share => share.Count), 0, 1);
            Assert.Equal(BatchSize, shares.SelectMany(share => share).Count());
        });

        // An epoch is two steps here, so no example occurs twice in the ten used.
        Assert.All(together.Chunk(2), epoch =>
        {
            var indices = epoch.SelectMany(step => step["examples"]!.AsArray().SelectMany(share => share!.AsArray().Select(index => (int)index!)));
            Assert.Equal(Enumerable.Range(0, 2 * BatchSize), indices.Order());
        });
        Near("one", results, 1e-5);
    }

    /// <summary>Codebooks trained by gradient, by running means and fixed; batch norm; a discriminator. All depend on clips of other processes.</summary>
    [Theory]
    [InlineData(OpenMpi, "s4t4_b_vq", "videogpt", "discriminator")]
    [InlineData(Mpich, "causal_s8t4", "s2x4x4_fsq")]
    public void Layers_that_depend_on_a_whole_micro_batch_see_that_of_all_processes(string mpi, params string[] networks)
    {
        workspace.Good("New-TinySoraDataset films -Count 10 -ImageSize 32 -Frames 4 -Force");
        foreach (var network in networks)
        {
            WriteWhole(network);
            workspace.Good($"Start-TinySoraTraining {network}.yaml -ResultsPath {network}-1");
        }

        var (code, _, error) = Finish(Start(mpi, 2, string.Join("; ", networks.Select(network => $"Start-TinySoraTraining {network}.yaml -ResultsPath {network}-2"))));
        Assert.True(code == ExitCode.Success, error);

        // Batch norm over few positions amplifies the last bits, as does another number of threads. A share alone would differ far more.
        Assert.All(networks, network => Assert.All(Metrics($"{network}-1").Zip(Metrics($"{network}-2")), step =>
        {
            Assert.Equal((double)step.First["loss"]!, (double)step.Second["loss"]!, 1e-4);
            Assert.InRange((double)step.Second["grad_norm"]! / (double)step.First["grad_norm"]!, 0.95, 1.05);
        }));
    }

    [Fact]
    public void Skipped_step_names_the_clips_of_all_processes()
    {
        var (_, output, error) = Finish(Start(Mpich, 2, "Start-TinySoraTraining run.yaml -ResultsPath skipped -MaxSteps 5 -Set @{ 'trainer.train_lr' = 1e30 }"));
        var skipped = Regex.Match(Regex.Replace(output + error, @"\s+", " "), @"was skipped: .*? The batch was: (?<names>[^:]*?gif)\.");
        Assert.True(skipped.Success, output + error);
        var names = skipped.Groups["names"].Value.Split(", ");
        Assert.Equal(BatchSize, names.Distinct().Count());
        Assert.All(names, name => Assert.True(File.Exists(workspace.At("data", name)), name));
    }

    [Fact]
    public void Run_with_a_killed_process_resumes_with_another_number_of_processes()
    {
        Needs.Mpi(OpenMpi);
        Needs.Mpi(Mpich);
        Needs.Proc();

        // Long enough to be killed before its end on any machine; ten steps of it are kept.
        workspace.Write("long.yaml", File.ReadAllText(workspace.At("run.yaml"))
            .Replace($"train_num_steps: {Steps}", "train_num_steps: 1000000\n  keep_checkpoints: 0", StringComparison.Ordinal));
        using (var killed = Start(Mpich, 2, "Start-TinySoraTraining long.yaml -ResultsPath elastic"))
        {
            while (workspace.Names("elastic", "step-*.safetensors").Length == 0)
            {
                Pwsh.AssertRunning(killed);
                Thread.Sleep(5);
            }

            MpiProgram.OfRank(1, "elastic").Kill();
            Assert.True(killed.WaitForExit(TimeSpan.FromSeconds(30)), "The other process went on without its companion.");
            Assert.NotEqual(ExitCode.Success, killed.ExitCode);
        }

        workspace.Good("Get-TinySoraCheckpoint elastic");
        var (code, _, error) = Finish(Start(OpenMpi, 3, "Start-TinySoraTraining run.yaml -ResultsPath elastic -FromStep 10 -MaxSteps 45"));
        Assert.True(code == ExitCode.Success, error);
        workspace.Good("Start-TinySoraTraining run.yaml -ResultsPath elastic -Resume");
        Assert.Equal(Enumerable.Range(1, Steps), Metrics("elastic").Select(step => (int)step["step"]!));
        Near("one", "elastic", 1e-5);
    }

    [Fact]
    public void SIGTERM_to_the_first_process_saves_and_ends_all()
    {
        Needs.Proc();
        workspace.Write("long.yaml", File.ReadAllText(workspace.At("run.yaml")).Replace($"steps: {Steps}", "steps: 1000000", StringComparison.Ordinal));
        using var process = Start(Mpich, 2, "Start-TinySoraTraining long.yaml -ResultsPath asked");
        while (workspace.Names("asked", "step-*.safetensors").Length == 0)
        {
            Pwsh.AssertRunning(process);
            Thread.Sleep(5);
        }

        Pwsh.Terminate(MpiProgram.OfRank(0, "asked"));

        // The launcher of MPICH returns the signal; the program may have written its result before it receives it.
        var (code, _, error) = Pwsh.Finish(process);
        Assert.True(code is Terminated or ExitCode.Success, $"{code}: {error}");
        Assert.DoesNotContain("exception", error, StringComparison.OrdinalIgnoreCase);
        var last = (int)Metrics("asked")[^1]["step"]!;
        Assert.Contains($"step-{last:D8}.safetensors", workspace.Names("asked"));
    }

    [Theory]
    [InlineData(OpenMpi)]
    [InlineData(Mpich)]
    public void Failing_process_ends_all_and_is_named(string mpi)
    {
        // Each process has its own command on the launcher's command line.
        const string Line = "Start-TinySoraTraining run.yaml -ResultsPath failed";
        using var process = Start(mpi, 1, Line, $"{Line} -DataPath nowhere");
        var (code, _, error) = Finish(process);
        Assert.NotEqual(ExitCode.Success, code);
        Assert.Matches(@"Process 1 \(ranks 0 to 1\) on \S+ failed, so all processes are ending: .*nowhere' does not exist", error);
    }

    [Fact]
    public void Different_data_and_more_processes_than_clips_per_batch_are_refused()
    {
        const string Line = "Start-TinySoraTraining run.yaml -ResultsPath refused";
        workspace.Good("New-TinySoraDataset other -Count 10 -ImageSize 16 -Frames 2 -Seed 9");
        var (code, _, error) = Finish(Start(Mpich, 1, Line, $"{Line} -DataPath other"));
        Assert.Equal(ExitCode.Errors, code);
        Assert.Contains("Process 1 has different clips from process 0", error, StringComparison.Ordinal);
        (code, _, error) = Finish(Start(Mpich, 2, $"{Line} -BatchSize 1"));
        Assert.Equal(ExitCode.Errors, code);
        Assert.Contains("some would have no work", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(workspace.At("refused")));
    }

    [Fact]
    public void Diverging_weights_are_detected_before_they_are_saved()
    {
        // Without the kernels the last bits differ, as on another processor.
        Assert.SkipUnless(Directory.GetFiles(Workspace.ModuleFolder, "*tinysora_kernels*").Length > 0, "This build has no kernels.");
        var module = Directory.CreateDirectory(workspace.At("without-kernels")).FullName;
        foreach (var file in Directory.GetFiles(Workspace.ModuleFolder, "*", SearchOption.AllDirectories)
            .Where(file => !file.Contains("tinysora_kernels", StringComparison.Ordinal)))
        {
            var copy = Path.Combine(module, Path.GetRelativePath(Workspace.ModuleFolder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        Assert.SkipUnless(
            Pwsh.Run(workspace.Folder, module, "Get-TinySoraDevice").Code == ExitCode.Success, "A copy of the module finds no libtorch here.");
        const string Line = "Start-TinySoraTraining run.yaml -ResultsPath apart";
        Needs.Mpi(Mpich);
        string[] args = ["-n", "1", .. Pwsh.CommandLine, Line, ":", "-n", "1", "env", $"TINYSORA_MODULE={module}", .. Pwsh.CommandLine, Line];
        var (code, _, error) = Finish(Pwsh.Start(Needs.Find("mpiexec.mpich")!, args, workspace.Folder, Workspace.ModuleFolder));
        Assert.Equal(ExitCode.Errors, code);
        Assert.Contains("After step 10, process 1 has different weights from process 0, so no checkpoint was written.", error, StringComparison.Ordinal);
        Assert.Empty(workspace.Names("apart", "step-*.safetensors"));
    }

    private void WriteWhole(string network)
    {
        var model = network == "discriminator"
            ? """
                family: frame-autoencoder
                data: { height: 32, width: 32 }
                model:
                  { z_channels: 2, down_channels: [4, 8], mid_channels: [8], down_sample: [true], attn_down: [false], norm_channels: 4, num_heads: 2 }
                loss: { disc_weight: 0.5, disc_start: 2, perceptual_weight: 0 }
                """
            : $$"""
                family: video-autoencoder
                model: { network_variant: {{network}}, embedding_dim: 4, n_codes: 16, n_hiddens: 8, n_res_layers: 1, downsample: [2, 4, 4] }
                clip: { frames: 4, height: 32 }
                loss: { low_utilization_cost: 0.1, reinit_every_n_epochs: 1 }
                """;
        workspace.Write($"{network}.yaml", $$"""
            {{model}}
            training_data_dir: films
            trainer: { train_batch_size: 5, train_num_steps: 10, save_model_every: 5, seed: 3, amp: false, train_lr: 0.00001 }
            """);
    }

    /// <param name="others">Commands of additional processes, one each.</param>
    private Process Start(string mpi, int count, string command, params string[] others) =>
        MpiProgram.Start(workspace.Folder, mpi, count, Limit, command, others);

    private static (int Code, string Output, string Error) Finish(Process process)
    {
        using (process)
        {
            return Pwsh.Finish(process);
        }
    }

    private List<JsonNode> Metrics(string results) => [.. File.ReadLines(workspace.At(results, "metrics.jsonl")).Select(line => JsonNode.Parse(line)!)];

    private void Near(string expected, string actual, double tolerance)
    {
        var (a, b) = (Weights(expected), Weights(actual));
        Assert.Equal(a.Length, b.Length);
        Assert.InRange(a.Zip(b).Max(pair => Math.Abs(pair.First - pair.Second)), 0, tolerance);
    }

    /// <summary>Reads all values of the last checkpoint, which are in the same order in each.</summary>
    private float[] Weights(string results)
    {
        var bytes = File.ReadAllBytes(workspace.At(results, $"step-{Steps:D8}.safetensors"));
        var start = sizeof(long) + (int)BitConverter.ToInt64(bytes);
        var values = new float[(bytes.Length - start) / sizeof(float)];
        Buffer.BlockCopy(bytes, start, values, 0, values.Length * sizeof(float));
        return values;
    }

    /// <summary>Returns the result of a single process for the same run.</summary>
    public sealed class OneProcess : IDisposable
    {
        public OneProcess()
        {
            Workspace.Good("New-TinySoraDataset data -Count 10 -ImageSize 16 -Frames 2");
            Workspace.Write("run.yaml", Workspace.TinyConfig
                .Replace("train_batch_size: 2", $"train_batch_size: {BatchSize}\n  step_start_ema: 0", StringComparison.Ordinal)
                .Replace("train_num_steps: 3", $"train_num_steps: {Steps}", StringComparison.Ordinal)
                .Replace("save_model_every: 100", "save_model_every: 10", StringComparison.Ordinal));
            Workspace.Good("Start-TinySoraTraining run.yaml -ResultsPath one");
        }

        public Workspace Workspace { get; } = new();

        public void Dispose() => Workspace.Dispose();
    }
}
