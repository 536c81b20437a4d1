using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Latents;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Drawing;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Training.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Evaluation;

/// <summary>Encodes and decodes the clips in a folder one by one, and measures the quality of the reconstructions.</summary>
public sealed class ReconstructionMeter : IDisposable
{
    private const int Padding = 2;

    /// <summary>Number of frames per LPIPS batch, chosen to limit the memory for VGG features.</summary>
    private const long FramesAtOnce = 16;

    private readonly CodecModel model;
    private readonly ReconstructionOptions options;
    private readonly ClipShape shape;
    private readonly IReadOnlyList<ClipSource> sources;
    private readonly bool keepsExtensions;
    private readonly CodeUsage? usage;
    private readonly Lpips? lpips;
    private readonly List<ReconstructionScore> scores = [];
    private readonly List<SkippedClip> skipped = [];

    /// <exception cref="TinySoraException">NotDivisible; LpipsFileNamed; the folder is missing or contains no clip; UnwritableFormat; OutputExists.</exception>
    public ReconstructionMeter(CodecModel model, ReconstructionOptions options)
    {
        (this.model, this.options) = (model, options);
        shape = model.ShapeOf(options.Frames, options.Height, options.Width);
        sources = ClipReader.Find(DatasetSplit.FolderOf(options.DataPath, DatasetSplit.Validation));
        // Otherwise, the reconstructions of a.gif and a.mp4 would be written to the same file.
        keepsExtensions = sources.DistinctBy(source => Path.ChangeExtension(source.Name, null), StringComparer.OrdinalIgnoreCase).Count() < sources.Count;
        usage = model.Codec.Codes is int codes ? new CodeUsage(codes) : null;
        if (!options.Force && sources.Select(source => TargetOf(source.Name)).FirstOrDefault(File.Exists) is { } there)
        {
            throw DataErrors.OutputExists(there);
        }

        if (options.LpipsFiles is var (vgg, linear))
        {
            Require("VGG-16", vgg);
            Require("the linear weights for VGG-16", linear);
            lpips = EngineThread.Run(() => Lpips.Load(vgg, linear).to(model.Device));
        }
    }

    /// <param name="report">Action that receives each clip that cannot be read.</param>
    public IEnumerable<ReconstructionScore> Measure(
        Action<SkippedClip> report, IProgress<ItemProgress>? progress = null, CancellationToken cancellation = default)
    {
        foreach (var clip in ClipReader.ReadAll(sources, shape, model.Codec.Stride.Frames, Skip, cancellation))
        {
            var score = EngineThread.Run(() => Measure(clip));
            scores.Add(score);
            progress?.Report(new ItemProgress(scores.Count + skipped.Count, sources.Count, clip.Path));
            yield return score;
        }

        void Skip(SkippedClip clip)
        {
            skipped.Add(clip);
            report(clip);
        }
    }

    /// <summary>Returns averages over the clips measured so far.</summary>
    /// <exception cref="TinySoraException">NoUsableClips.</exception>
    public ReconstructionSummary Summarize() => scores.Count == 0
        ? throw DataErrors.NoUsableClips(options.DataPath, skipped.Count, skipped[0].Reason)
        : new ReconstructionSummary(
            model.Checkpoint.Path, model.ModelHash, scores.Count, skipped.Count, scores.Average(score => score.Mse), scores.Average(score => score.Psnr),
            scores.Average(score => score.Ssim), scores.Average(score => score.TemporalError))
        {
            Lpips = scores.Average(score => score.Lpips), Codes = usage?.Used, CodebookUsage = usage?.Share, Perplexity = usage?.Perplexity,
        };

    public void Dispose()
    {
        if (lpips is not null)
        {
            EngineThread.Run(lpips.Dispose);
        }
    }

    private double Distance(Tensor clip, Tensor decoded)
    {
        var sum = 0.0;
        for (var first = 0L; first < clip.size(2); first += FramesAtOnce)
        {
            using var scope = NewDisposeScope();
            sum += lpips!.Distance(Frames(clip, first), Frames(decoded, first)).sum().ToDouble();
        }

        return sum / clip.size(2);

        static Tensor Frames(Tensor clip, long first) =>
            ((clip.narrow(2, first, Math.Min(FramesAtOnce, clip.size(2) - first)) * 2) - 1).permute(0, 2, 3, 4, 1); // (1, F, H, W, C)
    }

    private ReconstructionScore Measure(ClipReader.ReadClip read)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var clip = read.ToTensor(model.Device);
        var tokens = usage is null ? null : model.Tokens(clip);
        var decoded = model.Decode(tokens is null ? model.Encode(clip) : model.Codec.Vectors(tokens));
        var mse = ClipSimilarity.Mse(clip, decoded);
        var own = Count(tokens);
        return new ReconstructionScore(
            read.Path, read.Shape.Frames, read.Shape.Height, read.Shape.Width, mse, ClipSimilarity.Psnr(mse), ClipSimilarity.Ssim(clip, decoded),
            ClipSimilarity.TemporalError(clip, decoded))
        {
            Model = ModelName.Of(model.Checkpoint.Path),
            Lpips = lpips is null ? null : Distance(clip, decoded),
            Codes = own?.Used,
            Perplexity = own?.Perplexity,
            ReconstructionPath = options.OutputPath is null ? null : Write(TargetOf(read.Name)!, clip, decoded),
        };
    }

    private CodeUsage? Count(Tensor? tokens)
    {
        if (tokens is null)
        {
            return null;
        }

        usage!.Add(tokens);
        var own = new CodeUsage(usage.Counts.Count);
        own.Add(tokens);
        return own;
    }

    private string? TargetOf(string name) => options.OutputPath is null
        ? null
        : Path.Combine(options.OutputPath, (keepsExtensions ? name : Path.ChangeExtension(name, null)).Replace('/', Path.DirectorySeparatorChar)
            + $".{(shape.Frames == 1 ? "png" : options.Format)}");

    private static void Require(string what, string path)
    {
        if (!File.Exists(path))
        {
            throw ModelErrors.LpipsFileNamed(what, path);
        }
    }

    /// <summary>Writes a video that shows a clip, its reconstruction and their difference side by side. The difference is scaled to the full range.</summary>
    private string Write(string path, Tensor clip, Tensor decoded)
    {
        var error = (clip - decoded).abs();
        error = error / error.max().clamp_min(1e-6);
        DiskFlush.CreateFolder(Path.GetDirectoryName(path)!);
        var grid = ContactSheet.Grid([.. new[] { clip, decoded, error }.Select(part => ClipTensor.FromTensor(part[0]))], 3, Padding);
        ClipFile.Write(path, grid, overwrite: options.Force);
        return path;
    }
}

/// <summary>Reconstruction quality of one clip, measured on pixel values from 0 to 1.</summary>
/// <param name="Path">Path of the clip.</param>
/// <param name="Mse">Mean squared error.</param>
/// <param name="Psnr">Peak signal-to-noise ratio in decibels; infinite for a lossless reconstruction.</param>
/// <param name="Ssim">Structural similarity, 1 for equal clips; <c>null</c> for frames smaller than 11 x 11 pixels.</param>
/// <param name="TemporalError">Mean squared error of the differences between consecutive frames; <c>null</c> for a single frame.</param>
public sealed record ReconstructionScore(
    string Path, int Frames, int Height, int Width, double Mse, double Psnr, double? Ssim, double? TemporalError)
{
    /// <summary>Short name of the autoencoder, see <see cref="Training.Checkpoints.ModelName"/>; <c>null</c> if unknown.</summary>
    public string? Model { get; init; }

    /// <summary>Perceptual distance LPIPS, mean over frames, 0 for equal clips; <c>null</c> if not measured.</summary>
    public double? Lpips { get; init; }

    /// <summary>Number of distinct codes in the clip's tokens; <c>null</c> if the autoencoder does not have a quantizer.</summary>
    public int? Codes { get; init; }

    /// <inheritdoc cref="Latents.CodeUsage.Perplexity"/>
    public double? Perplexity { get; init; }

    /// <summary>Path of the video with the clip, its reconstruction and their difference side by side; <c>null</c> if not written.</summary>
    public string? ReconstructionPath { get; init; }

    /// <summary>Returns the path of the clip, so that the object can be piped to commands that accept files.</summary>
    public override string ToString() => Path;
}

/// <summary>Mean reconstruction quality over all clips in a folder.</summary>
/// <param name="Checkpoint">Path of the autoencoder's checkpoint.</param>
/// <param name="ModelHash">Hash of the model's content.</param>
/// <param name="Skipped">Number of clips that were skipped because they could not be read or are too short.</param>
public sealed record ReconstructionSummary(
    string Checkpoint, string ModelHash, int Clips, int Skipped, double Mse, double Psnr, double? Ssim, double? TemporalError)
{
    public string Model => ModelName.Of(Checkpoint);

    /// <inheritdoc cref="ReconstructionScore.Lpips"/>
    public double? Lpips { get; init; }

    /// <summary>Number of distinct codes in the tokens of all clips; <c>null</c> if the autoencoder does not have a quantizer.</summary>
    public int? Codes { get; init; }

    /// <summary>Fraction of the codebook's codes that occur in the tokens of all clips, from 0 to 1; <c>null</c> without a quantizer.</summary>
    public double? CodebookUsage { get; init; }

    /// <inheritdoc cref="Latents.CodeUsage.Perplexity"/>
    public double? Perplexity { get; init; }

    public override string ToString() => FormattableString.Invariant($"{Checkpoint}: {Psnr:0.00} dB over {Clips} clips");
}

public sealed record ReconstructionOptions
{
    /// <summary>A folder of clips or images. For a dataset with splits, its val folder is used.</summary>
    public required string DataPath { get; init; }

    /// <summary>
    /// Number of frames to use from the beginning of each clip; <c>null</c> for the model's training length or, if the model encodes single frames, all frames.
    /// </summary>
    public int? Frames { get; init; }

    /// <summary>
    /// Height that clips are scaled and cropped to, which is also their width if <see cref="Width"/> is <c>null</c>; <c>null</c> for the model's height.
    /// </summary>
    public int? Height { get; init; }

    public int? Width { get; init; }

    /// <summary>Paths of the files with the VGG-16 weights and the linear LPIPS weights; <c>null</c> to skip LPIPS.</summary>
    public (string Vgg, string Linear)? LpipsFiles { get; init; }

    /// <summary>Folder for videos that show each clip, its reconstruction and their difference; <c>null</c> to write no videos.</summary>
    public string? OutputPath { get; init; }

    /// <summary>Format of the videos, gif or mp4, without the dot; single frames are written as png.</summary>
    public string Format { get; init; } = "gif";

    public bool Force { get; init; }
}
