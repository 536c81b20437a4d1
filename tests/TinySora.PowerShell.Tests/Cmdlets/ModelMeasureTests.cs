using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

[Collection(nameof(CmdletTests))]
public sealed class ModelMeasureTests : IDisposable
{
    private readonly Workspace workspace = new();

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void Configurations_are_measured_without_data_and_nothing_is_written()
    {
        workspace.Write("wide.yaml", Workspace.TinyConfig.Replace("dim: 8", "dim: 16", StringComparison.Ordinal));
        var before = workspace.Names("");
        var run = workspace.Good("Measure-TinySoraModel tiny.yaml, wide.yaml -Steps 1 -BatchSize 3 -Device cpu");

        Assert.Equal([workspace.At("tiny.yaml"), workspace.At("wide.yaml")], run.Values("Config"));
        Assert.Equal([3, 3], run.Values("BatchSize"));
        var parameters = run.Values("Parameters").Cast<long>().ToList();
        Assert.InRange(parameters[1], 2 * parameters[0], 5 * parameters[0]);
        Assert.All(run.Values("SecondsPerStep"), seconds => Assert.InRange((double)seconds!, 1e-6, 1e3));
        Assert.Matches(@"ClipsPerSecond +: \d", run.Output);
        Assert.Matches(@"StepFlops +: \d+\.\d{3} GFLOP", run.Output);
        Assert.Equal(before, workspace.Names(""));
        Assert.Empty(Directory.GetDirectories(workspace.Folder));
    }

    [Fact]
    public void Several_batch_sizes_are_measured_and_the_largest_that_fits_is_reported()
    {
        var run = workspace.Good("Measure-TinySoraModel tiny.yaml -Steps 1 -BatchSize 1, 2, 16 -Device cpu");
        Assert.Equal([1, 2, 16], run.Values("BatchSize"));
        Assert.Equal("training", run.Progress[0].StatusDescription.Split(' ')[0]);
        Assert.All(run.Values("ClipsPerSecond"), rate => Assert.InRange((double)rate!, 1e-3, 1e6));
        var (free, state, bytes) = ((long)run.Values("FreeBytes")[2]!, (long)run.Values("StateBytes")[2]!, (long)run.Values("ActivationBytes")[2]!);
        Assert.Equal((long)((free - state) / (bytes / 16.0)), run.Values("LargestBatchSize")[2]);
    }

    [Fact]
    public void Configurations_are_accepted_from_the_pipeline_and_an_invalid_one_is_one_error()
    {
        workspace.Write("typo.yaml", Workspace.TinyConfig.Replace("attn_heads", "attn_head", StringComparison.Ordinal));
        workspace.Write("list.csv", "Config\ntypo.yaml\ntiny.yaml\n");
        var run = workspace.Run("Import-Csv list.csv | Measure-TinySoraModel -Steps 1");
        Assert.StartsWith("TinySora.Config.UnknownKey,", Assert.Single(run.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(workspace.At("tiny.yaml"), Assert.Single(run.Values("Config")));

        workspace.Bad("Measure-TinySoraModel tiny.yaml -Device tpu", "TinySora.Runtime.UnknownDevice", ErrorCategory.InvalidArgument);
    }
}
