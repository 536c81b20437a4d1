using System.Diagnostics;
using System.Text.RegularExpressions;
using TinySora.PowerShell.Tests.Cmdlets;

namespace TinySora.PowerShell.Tests.Help;

/// <summary>A run in a separate process, for the examples that control one.</summary>
public sealed partial class LiveRun : IDisposable
{
    private readonly Process? process;

    public LiveRun(HelpExample example, Workspace workspace)
    {
        if (!Order().IsMatch(example.Code))
        {
            return;
        }

        var folder = example.Code.Contains("./runs", StringComparison.Ordinal) ? "runs/one" : "saved_models";
        var config = File.ReadAllText(workspace.At("my.yaml")).Replace("train_num_steps: 6", "train_num_steps: 1000000", StringComparison.Ordinal);
        workspace.Write("live.yaml", config.Replace("save_model_every: 3", "save_model_every: 1000000", StringComparison.Ordinal));
        process = Pwsh.Start(workspace.Folder, Workspace.ModuleFolder, "Start-TinySoraTraining", "live.yaml", "-ResultsPath", folder);
        while (workspace.Run($"Get-TinySoraRun {folder}").Values("State") is not ["Running"])
        {
            Pwsh.AssertRunning(process);
            Thread.Sleep(20);
        }
    }

    public void Dispose()
    {
        process?.Kill();
        process?.WaitForExit();
        process?.Dispose();
    }

    [GeneratedRegex("(Suspend|Resume|Save|Set|Show|Stop)-TinySoraRun")]
    private static partial Regex Order();
}
