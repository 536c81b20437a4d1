using System.Management.Automation;
using TinySora.Engine.Errors;
using TinySora.Engine.Latents;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Errors;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Latents;

/// <summary>Decodes files of latents or tokens to videos.</summary>
[Cmdlet(VerbsData.ConvertFrom, "TinySoraLatent", SupportsShouldProcess = true, DefaultParameterSetName = "Path",
    HelpUri = HelpPages.Root + "ConvertFrom-TinySoraLatent.md")]
[OutputType(typeof(DecodedVideo))]
public sealed class ConvertFromTinySoraLatentCommand : AutoencoderCmdlet
{
    /// <summary>Files and their autoencoders (<c>null</c> for the default autoencoder).</summary>
    private readonly List<(string Path, string? Checkpoint)> sources = [];

    /// <summary>Names of the videos so far. Videos in .npy files are numbered, and the same numbers can occur in several files.</summary>
    private readonly HashSet<string> taken = new(StringComparer.OrdinalIgnoreCase);

    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [PathOf("Path", "FullName")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath")]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("ModelPath")]
    [ArgumentCompleter(typeof(AutoencoderCompleter))]
    [CheckpointPath]
    [ValidateNotNullOrEmpty]
    public string? Checkpoint { get; set; }

    [Parameter(Position = 2)]
    [ValidateNotNullOrEmpty]
    public string OutputPath { get; set; } = DefaultPaths.Videos;

    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    [Number(IsWhole = true)]
    public int[]? Index { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(DatasetFormatCompleter))]
    [ValidateSet("gif", "mp4")]
    public string Format { get; set; } = "gif";

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ModelId { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override bool WritesFiles => true;

    protected override void ProcessRecord() => sources.AddRange(Named(Path, LiteralPath, Expand).TakeWhile(_ => !Stopping)
        .SelectMany(file => Try(() => LatentSource.In(file)) ?? []).Select(source => (source, Checkpoint)));

    protected override void EndProcessing()
    {
        var folder = Require(() => Absolute(OutputPath));
        var wanted = sources.Distinct().Where(source => ShouldProcess(folder, $"Write videos of '{source.Path}'"));
        foreach (var ofOne in wanted.GroupBy(source => source.Checkpoint, source => source.Path))
        {
            if (Try(() => AutoencoderAt(ofOne.Key)) is string checkpoint)
            {
                RunWork(failureEndsPipeline: false, (writer, cancellation) => Decode(ofOne, checkpoint, folder, writer, cancellation));
            }
        }
    }

    private void Decode(IEnumerable<string> wanted, string checkpoint, string folder, PipelineWriter writer, CancellationToken cancellation)
    {
        writer.Starting("Decoding latents", ModelOpening.Status);
        using var model = CodecModel.Open(checkpoint, Device);
        var progress = new DataProgressBar(writer, "Decoding latents");
        foreach (var path in wanted)
        {
            try
            {
                using var source = LatentSource.Open(path, model, ModelId);
                var paths = LatentDecoder.Paths(source, folder, Format, taken);
                var indices = Index?.Distinct().ToArray() ?? [.. Enumerable.Range(0, source.Count)];
                for (var i = 0; i < indices.Length; i++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    if (indices[i] >= source.Count)
                    {
                        throw InputErrors.NoSuchClip(path, indices[i], source.Count);
                    }

                    writer.Output(LatentDecoder.Decode(model, source, indices[i], paths[indices[i]], Force));
                    progress.Report(new(i + 1, indices.Length, paths[indices[i]]));
                }
            }
            catch (TinySoraException e) when (!FileFailure.IsDiskFull(e))
            {
                writer.Error(e);
            }
        }
    }
}
