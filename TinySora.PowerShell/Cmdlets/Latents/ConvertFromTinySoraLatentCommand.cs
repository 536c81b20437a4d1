using System.Management.Automation;
using TinySora.Engine.Latents;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Errors;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets;

/// <summary>Makes latents or tokens in files into videos.</summary>
[Cmdlet(VerbsData.ConvertFrom, "TinySoraLatent", SupportsShouldProcess = true, DefaultParameterSetName = "Path",
    HelpUri = HelpPages.Root + "ConvertFrom-TinySoraLatent.md")]
[OutputType(typeof(DecodedVideo))]
public sealed class ConvertFromTinySoraLatentCommand : DeviceCmdlet
{
    private readonly List<string> sources = [];

    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [PathOf("Path", "FullName")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath")]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    [Parameter(Position = 1)]
    [Alias("ModelPath")]
    [ArgumentCompleter(typeof(AutoencoderCompleter))]
    [CheckpointPath]
    [ValidateNotNullOrEmpty]
    public string Checkpoint { get; set; } = DefaultPaths.Results;

    [Parameter(Position = 2)]
    [ValidateNotNullOrEmpty]
    public string OutputPath { get; set; } = DefaultPaths.Videos;

    [Parameter]
    [ValidateRange(0, int.MaxValue)]
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

    protected override void ProcessRecord()
    {
        foreach (var path in ParameterSetName == "LiteralPath" ? LiteralPath : Path)
        {
            sources.AddRange(Try(() => ParameterSetName == "LiteralPath" ? [Absolute(path)] : Expand(path)) ?? []);
        }
    }

    protected override void EndProcessing()
    {
        var (checkpoint, folder) = Require(() => (CheckpointAt(Checkpoint), Absolute(OutputPath)));
        var wanted = sources.Distinct().Where(source => ShouldProcess(folder, $"Write videos of '{source}'")).ToList();
        if (wanted.Count > 0)
        {
            RunWork(failureEndsPipeline: true, (writer, cancellation) => Decode(wanted, checkpoint, folder, writer, cancellation));
        }
    }

    private void Decode(List<string> wanted, string checkpoint, string folder, PipelineWriter writer, CancellationToken cancellation)
    {
        writer.Starting("Decoding latents", Opening);
        using var model = CodecModel.Open(checkpoint, Device);
        var progress = new DataProgressBar(writer, "Decoding latents");
        foreach (var path in wanted)
        {
            try
            {
                using var source = LatentSource.Open(path, model, ModelId);
                var paths = LatentDecoder.Paths(source, folder, Format);
                var indices = Index ?? [.. Enumerable.Range(0, source.Count)];
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
            catch (Engine.Errors.TinySoraException e)
            {
                writer.Error(e);
            }
        }
    }
}
