using System.Management.Automation;
using TinySora.Engine.Errors;
using TinySora.Engine.Latents;
using TinySora.Engine.Runs;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Latents;

/// <summary>Base class of cmdlets that use a specified autoencoder or the newest one.</summary>
public abstract class AutoencoderCmdlet : DeviceCmdlet
{
    /// <summary>Returns the path of the autoencoder's checkpoint, or of a folder with checkpoints.</summary>
    /// <param name="nameOrPath">Path or name; `null` for the newest autoencoder run.</param>
    /// <exception cref="TinySoraException">See <see cref="CheckpointNames.Find"/>.</exception>
    private protected string AutoencoderAt(string? nameOrPath) =>
        nameOrPath is null ? DefaultPaths.Autoencoder(Absolute) : CheckpointAt(nameOrPath, RunNeed.Autoencoder);
}

/// <summary>Base class of cmdlets that apply an autoencoder to folders of clips.</summary>
public abstract class CodecCmdlet : AutoencoderCmdlet
{
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("ModelPath", "Path", "FullName")]
    [ArgumentCompleter(typeof(AutoencoderCompleter))]
    [CheckpointPath]
    [ValidateNotNullOrEmpty]
    public string? Checkpoint { get; set; }

    [Parameter(Position = 1)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] DataPath { get; set; } = [DefaultPaths.Data];

    [Parameter]
    [ValidateRange(1, 100_000)]
    [Number(IsWhole = true)]
    public int? Frames { get; set; }

    [Parameter]
    [ValidateRange(1, 16_384)]
    [Number(IsWhole = true)]
    public int? ImageSize { get; set; }

    [Parameter]
    [ValidateRange(1, 16_384)]
    [Number(IsWhole = true)]
    public int? Width { get; set; }

    protected override void ProcessRecord()
    {
        if (Try(() => AutoencoderAt(Checkpoint)) is not string checkpoint
            || DataPath.SelectMany(path => Try(() => Sources(path)) ?? []).Where(IsWanted).ToList() is not { Count: > 0 } wanted)
        {
            return;
        }

        RunWork(failureEndsPipeline: false, (writer, cancellation) =>
        {
            writer.Starting("Autoencoder", ModelOpening.Status);
            using var model = CodecModel.Open(checkpoint, Device);
            writer.Verbose($"Opened '{model.Checkpoint.Path}', step {model.Checkpoint.Step}: autoencoder {model.Id}.");
            foreach (var folder in wanted)
            {
                try
                {
                    Process(model, folder, writer, cancellation);
                }
                catch (TinySoraException e) when (!FileFailure.IsDiskFull(e))
                {
                    writer.Error(e);
                }
            }
        });
    }

    /// <summary>Returns whether to process a folder, after asking for confirmation if files will be written.</summary>
    private protected virtual bool IsWanted(string folder) => true;

    private protected abstract void Process(CodecModel model, string folder, PipelineWriter writer, CancellationToken cancellation);
}
