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

    /// <summary>Measures clips and gives one record for each as it is measured.</summary>
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

    /// <summary>Adds the tokens of a clip to those of all.</summary>
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
