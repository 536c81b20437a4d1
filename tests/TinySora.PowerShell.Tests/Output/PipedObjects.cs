using TinySora.PowerShell.Tests.Cmdlets;
using TinySora.PowerShell.Tests.Shell;

namespace TinySora.PowerShell.Tests.Output;

/// <summary>One object of each type that cmdlets write and others accept, in a session with their files.</summary>
public sealed class PipedObjects : IDisposable
{
    private readonly ShellSession session;
    private readonly HashSet<(string Type, string Route)> routed = [];

    public PipedObjects()
    {
        Workspace = new Workspace();
        session = Workspace.Session();
        var run = session.Run("""
            $ErrorActionPreference = 'Stop'
            $made = @{}
            $made.TinySoraDataset = New-TinySoraDataset data -Count 6 -ImageSize 16 -Frames 2
            $steps = $made.TinySoraDataset | Start-TinySoraTraining tiny.yaml -PassThru -OnEvent { $_ | Write-Output } -NotifyOn Started
            $made.TrainingStep = $steps | Where-Object { $_.GetType().Name -eq 'TrainingStep' } | Select-Object -Last 1
            $made.TrainingResult = $steps | Where-Object { $_.GetType().Name -eq 'TrainingResult' }
            $made.RunEvent = $steps | Where-Object { $_.GetType().Name -eq 'RunEvent' } | Select-Object -Last 1
            $made.TrainingRun = Get-TinySoraRun
            $made.RunComparison = Compare-TinySoraRun
            $made.CheckpointInfo = Get-TinySoraCheckpoint -Latest
            $made.GeneratedVideo = Invoke-TinySoraGenerate 'a red circle' -Seed 1 -OutputPath videos -Device cpu
            $made.ClipRecipe = Get-TinySoraRecipe $made.GeneratedVideo.Path
            $made.FileInfo = Get-Item $made.GeneratedVideo.Path
            $made.VideoCaption = New-TinySoraCaption videos -OutputPath made.csv
            $made.DatasetSummary = Get-TinySoraDataset data
            $made.TinySoraDatasetPreview = Show-TinySoraDataset data
            $made.TrainingCost = Measure-TinySoraModel tiny.yaml -Steps 1 -Device cpu
            """);
        Assert.True(run.Succeeded, run.ErrorOutput);
    }

    public Workspace Workspace { get; }

    /// <summary>Pipes an object into a command line. Each object is converted only once by a route: the JSON of a FileInfo takes seconds.</summary>
    /// <param name="type">The name of the object's type.</param>
    /// <param name="route">An expression that reads <c>$o</c>.</param>
    public ShellRun Send(string type, string route, string line)
    {
        var name = $"$made['{type} by {route.Replace("'", "''", StringComparison.Ordinal)}']";
        if (routed.Add((type, route)))
        {
            var run = session.Run($"$o = $made['{type}']; if (-not $o) {{ throw 'no {type}' }}; {name} = @({route})");
            Assert.True(run.Succeeded, run.ErrorOutput);
        }

        return session.Run($"{name} | {line}");
    }

    public void Dispose() => Workspace.Dispose();
}
