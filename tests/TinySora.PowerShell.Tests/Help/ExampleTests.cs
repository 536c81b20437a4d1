using TinySora.PowerShell.Tests.Cmdlets;

namespace TinySora.PowerShell.Tests.Help;

[Collection(nameof(CmdletTests))]
public sealed class ExampleTests(ExampleFolder folder) : IClassFixture<ExampleFolder>
{
    public static TheoryData<string> Names => [.. HelpExample.All.Select(e => e.ToString())];

    [Theory]
    [MemberData(nameof(Names))]
    public void Example_runs_without_an_error(string name)
    {
        var example = HelpExample.All.Single(e => e.ToString() == name);
        if (example.Code.Contains("-Processes ", StringComparison.Ordinal))
        {
            Needs.Mpi("openmpi");
        }

        if (ExampleFolder.HasVideos(example))
        {
            Needs.FFmpeg();
        }

        if (example.Code.Contains(" Sprites", StringComparison.Ordinal) && !example.Code.Contains("-Source", StringComparison.Ordinal))
        {
            Needs.EmojiFont();
        }

        using var workspace = folder.CopyFor(example);
        using var live = new LiveRun(example, workspace);
        using var runtime = new RuntimeIn(workspace);
        var session = workspace.Session(confirm: _ => true);
        foreach (var pipeline in example.TinyPipelines)
        {
            var run = session.Run(pipeline);
            Assert.True(run.Succeeded, $"{pipeline}\n{run.ErrorOutput}");
        }
    }

    /// <summary>Libraries that an example installs stay in its folder.</summary>
    private sealed class RuntimeIn : IDisposable
    {
        private readonly string? before = Environment.GetEnvironmentVariable("TINYSORA_RUNTIME");

        public RuntimeIn(Workspace workspace) => Environment.SetEnvironmentVariable("TINYSORA_RUNTIME", workspace.At("runtime"));

        public void Dispose() => Environment.SetEnvironmentVariable("TINYSORA_RUNTIME", before);
    }

    [Fact]
    public void Every_cmdlet_has_three_examples() => Assert.All(Workspace.CmdletNames, name =>
    {
        var examples = HelpExample.All.Where(e => e.Of == name).ToList();
        Assert.True(examples.Count >= 3, $"{name} has {examples.Count} examples.");
        Assert.All(examples, e => Assert.Contains(name, e.Code, StringComparison.Ordinal));
    });
}
