using System.Management.Automation;
using TinySora.Engine.Data.Doctor;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Families;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Datasets;

/// <summary>Reads every clip of dataset folders and writes each problem as it is found.</summary>
[Cmdlet(VerbsDiagnostic.Test, "TinySoraDataset", DefaultParameterSetName = "Path", HelpUri = HelpPages.Root + "Test-TinySoraDataset.md")]
[OutputType(typeof(ClipProblem), typeof(bool))]
public sealed class TestTinySoraDatasetCommand : DatasetCmdlet
{
    private ClipRequirements? needs;

    [Parameter(Position = 1)]
    [ArgumentCompleter(typeof(PresetCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Config { get; set; }

    [Parameter]
    public SwitchParameter Quiet { get; set; }

    protected override void BeginProcessing()
    {
        if (Config is not null)
        {
            var config = Require(() => ConfigSource.Find(Config, Absolute).Parse());
            needs = ModelFamilies.Of(config).Sources(config);
        }
    }

    protected override void ProcessFolder(string folder)
    {
        var healthy = false;
        RunWork(failureEndsPipeline: false, (writer, cancellation) =>
        {
            var progress = new DataProgressBar(writer, "Examining clips");
            var problems = DatasetDoctor.Examine(folder, needs, progress, cancellation);
            if (Quiet)
            {
                healthy = !problems.Any();
                return;
            }

            healthy = true;
            foreach (var problem in problems)
            {
                healthy = false;
                writer.Output(problem);
            }

            if (healthy)
            {
                writer.Information($"No problems found in '{folder}' (clips examined: {progress.Count}).");
            }
        });

        if (Quiet)
        {
            WriteObject(healthy);
        }
    }
}
