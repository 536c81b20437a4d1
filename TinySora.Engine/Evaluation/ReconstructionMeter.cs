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

/// <summary>Encodes and decodes the clips of a folder one by one, and measures how much of each is left.</summary>
public sealed class ReconstructionMeter : IDisposable
{
    private const int Padding = 2;

    /// <summary>The number of frames that LPIPS compares at once, since VGG's features take much memory.</summary>
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

    /// <exception cref="TinySoraException">NotDivisible; LpipsFileNamed; the folder is missing or holds no clip; UnwritableFormat; OutputExists.</exception>
    public ReconstructionMeter(CodecModel model, ReconstructionOptions options)
    {
        (this.model, this.options) = (model, options);
        shape = model.ShapeOf(options.Frames, options.Height, options.Width);
        sources = ClipReader.Find(DatasetSplit.FolderOf(options.DataPath, DatasetSplit.Validation));
        // a.gif and a.mp4 would otherwise be written into one file.
        keepsExtensions = sources.DistinctBy(source => Path.ChangeExtension(source.Name, null), StringComparer.OrdinalIgnoreCase).Count() < sources.Count;
        usage = model.Codec.Codes is int codes ? new CodeUsage(codes) : null;
        if (!options.Force && sources.Select(source => TargetOf(source.Name)).FirstOrDefault(File.Exists) is { } there)
        {
            throw DataErrors.OutputExists(there);
        }

        if (options.LpipsFiles is var (vgg, linear))
        {
            Require("VGG-16", vgg);
            Require("the linear weights beside VGG-16", linear);
            lpips = EngineThread.Run(() => Lpips.Load(vgg, linear).to(model.Device));
        }
    }

    /// <param name="report">Told about clips that cannot be read.</param>
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

    /// <summary>Averages over the clips that were measured so far.</summary>
    /// <exception cref="TinySoraException">NoUsableClips.</exception>
    public ReconstructionSummary Summarize() => scores.Count == 0
        ? throw DataErrors.NoUsableClips(options.DataPath, skipped.Count, skipped[0].Reason)
        : new ReconstructionSummary(
            model.Checkpoint.Path, model.Hash, scores.Count, skipped.Count, scores.Average(score => score.Mse), scores.Average(score => score.Psnr),
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

    /// <summary>The clip, its reconstruction and their difference, each from black to white.</summary>
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

/// <summary>How well an autoencoder keeps one clip, values from 0 to 1.</summary>
/// <param name="Path">The clip.</param>
/// <param name="Mse">Mean squared error.</param>
/// <param name="Psnr">Decibels; infinite where nothing is lost.</param>
/// <param name="Ssim">1: alike; null for frames of fewer than 11 x 11 pixels.</param>
/// <param name="TemporalError">Mean squared error of the differences between frames; null for one frame.</param>
public sealed record ReconstructionScore(
    string Path, int Frames, int Height, int Width, double Mse, double Psnr, double? Ssim, double? TemporalError)
{
    /// <summary>Short name of the autoencoder, see <see cref="Training.Checkpoints.ModelName"/>; `null` if it was not given.</summary>
    public string? Model { get; init; }

    /// <summary>The perceptual distance LPIPS, mean over frames, 0: equal; null: not measured.</summary>
    public double? Lpips { get; init; }

    /// <summary>The number of different codes in the clip's tokens; null where nothing is quantized.</summary>
    public int? Codes { get; init; }

    /// <inheritdoc cref="Latents.CodeUsage.Perplexity"/>
    public double? Perplexity { get; init; }

    /// <summary>The video with the clip, its reconstruction and their difference side by side; null: not written.</summary>
    public string? ReconstructionPath { get; init; }

    /// <summary>The path, which is what commands that take files read.</summary>
    public override string ToString() => Path;
}

/// <summary>How well an autoencoder keeps clips: means over all of them.</summary>
/// <param name="Checkpoint">Its file.</param>
/// <param name="ModelHash">The model by its content.</param>
/// <param name="Skipped">Clips that could not be read, or are too short.</param>
public sealed record ReconstructionSummary(
    string Checkpoint, string ModelHash, int Clips, int Skipped, double Mse, double Psnr, double? Ssim, double? TemporalError)
{
    public string Model => ModelName.Of(Checkpoint);

    /// <inheritdoc cref="ReconstructionScore.Lpips"/>
    public double? Lpips { get; init; }

    /// <summary>The number of different codes in all clips together; null where nothing is quantized.</summary>
    public int? Codes { get; init; }

    /// <summary>The share of the codebook's codes that occurred, from 0 to 1.</summary>
    public double? CodebookUsage { get; init; }

    /// <inheritdoc cref="Latents.CodeUsage.Perplexity"/>
    public double? Perplexity { get; init; }

    public override string ToString() => FormattableString.Invariant($"{Checkpoint}: {Psnr:0.00} dB over {Clips} clips");
}

public sealed record ReconstructionOptions
{
    /// <summary>A folder of clips or pictures; of one in splits, its val is taken.</summary>
    public required string DataPath { get; init; }

    /// <summary>The first frames of each clip; null: as many as the model was trained on, of a model of single frames all.</summary>
    public int? Frames { get; init; }

    /// <summary>The height that clips are scaled and cropped to, and the width where <see cref="Width"/> is null; null: the model's.</summary>
    public int? Height { get; init; }

    public int? Width { get; init; }

    /// <summary>The files of VGG-16 and of LPIPS's linear weights; null: LPIPS is not measured.</summary>
    public (string Vgg, string Linear)? LpipsFiles { get; init; }

    /// <summary>The folder that gets a video for each clip: it, its reconstruction and where they differ; null: none are written.</summary>
    public string? OutputPath { get; init; }

    /// <summary>The format of the videos, gif or mp4, without the dot; single frames are written as png.</summary>
    public string Format { get; init; } = "gif";

    public bool Force { get; init; }
}
