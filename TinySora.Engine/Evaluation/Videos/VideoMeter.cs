using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Errors;
using TinySora.Engine.Generation;
using TinySora.Engine.Latents;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Evaluation.Videos;

/// <summary>Measures <see cref="VideoStatistics"/> of arbitrary videos, without a trained network.</summary>
/// <param name="size">Height and width that frames are scaled and cropped to.</param>
/// <param name="report">Action that receives each video that is skipped.</param>
public sealed class VideoMeter(int size, Device device, Action<SkippedClip> report, IProgress<ItemProgress>? progress = null)
{
    private const int MinFrames = 2;

    /// <summary>Maximum height and width at which mean frames are compared.</summary>
    private const int MeanFrameSide = 32;

    /// <summary>Lower limit of the standard deviations by which features are divided, so that nearly constant features are not amplified.</summary>
    private const double MinDeviation = 1e-3;

    /// <param name="paths">Videos, or folders of videos.</param>
    /// <param name="reference">A video, or a folder of videos, to compare with.</param>
    /// <exception cref="TinySoraException">NotFound; NoUsableVideos; a folder is missing or contains no clip.</exception>
    public VideoStatistics Measure(IReadOnlyList<string> paths, string? reference, CancellationToken cancellation = default)
    {
        var (videos, others) = Find(paths, reference, cancellation);
        using var features = NewFeatures();
        var total = videos.Count + others.Count;
        var own = Read(features, videos, (0, total), cancellation).Required();
        return Compare(own, reference is null ? null : Read(features, others, (videos.Count, total), cancellation).Required());
    }

    /// <summary>Compares the videos of each caption with the reference videos of the same caption. Captions are in the order of their first videos.</summary>
    /// <returns>Statistics for each caption. Captions whose videos cannot be measured are omitted, and videos without a caption form one group.</returns>
    /// <inheritdoc cref="Measure(IReadOnlyList{string}, string?, CancellationToken)"/>
    public IReadOnlyList<VideoStatistics> MeasureByCaption(IReadOnlyList<string> paths, string? reference, CancellationToken cancellation = default)
    {
        var (videos, others) = Find(paths, reference, cancellation);
        var (known, total, done) = (others.ToLookup(Caption), videos.Count + others.Count, 0);
        using var features = NewFeatures();
        ClipSet? unusable = null;
        var measured = new List<(string? Caption, ClipSet Own, ClipSet Same)>();
        foreach (var group in videos.GroupBy(Caption))
        {
            var own = Read(features, [.. group], (done, total), cancellation);
            done += group.Count();
            if (own.Count == 0)
            {
                unusable ??= own;
                continue;
            }

            var same = Read(features, [.. known[group.Key]], (done, total), cancellation);
            done += same.Count + same.Skipped.Count;
            measured.Add((group.Key, own, same));
        }

        if (measured.Count == 0)
        {
            unusable!.Required();
        }

        var references = measured.Where(group => group.Same.Count > 0).ToList();
        return [.. measured.Select(group =>
        {
            cancellation.ThrowIfCancellationRequested();
            return Compare(group.Own, group.Same.Count > 0 ? group.Same : null) with
            {
                Caption = group.Caption,
                NearestCaption = references.Count > 0 ? references.MinBy(other => other.Same.DistanceOfMeanFrame(group.Own)).Caption : null,
            };
        })];

        static string? Caption(ClipSource source) => CaptionFile.Read(source.Path) ?? RecipeText.TryRead(source.Path)?.Prompt;
    }

    /// <exception cref="TinySoraException">The path is neither a video nor a folder of videos.</exception>
    public static void Check(string path) => Find([path]);

    private (IReadOnlyList<ClipSource> Videos, IReadOnlyList<ClipSource> Others) Find(
        IReadOnlyList<string> paths, string? reference, CancellationToken cancellation)
    {
        paths.Append(reference).Where(Directory.Exists).SelectMany(path => UnsupportedVideos.Find(path!, cancellation)).ToList().ForEach(report);
        return (Find(paths), reference is null ? [] : Find([reference]));
    }

    private static IReadOnlyList<ClipSource> Find(IReadOnlyList<string> paths) =>
        [.. paths.SelectMany(path => Directory.Exists(path) ? ClipReader.Find(path)
            : File.Exists(path) ? [new ClipSource(Path.GetFileName(path), path, 0, 0)]
            : throw MediaErrors.NotFound(path))];

    private RandomFeatures NewFeatures() => EngineThread.Run(() => new RandomFeatures(device));

    private ClipSet Read(
        RandomFeatures features, IReadOnlyList<ClipSource> sources, (int Done, int Total) place, CancellationToken cancellation)
    {
        var videos = new ClipSet();
        var shape = new ClipShape(3, ClipReader.AllFrames, size);
        foreach (var clip in ClipReader.ReadAll(sources, shape, 1, Skip, cancellation))
        {
            if (clip.Shape.Frames < MinFrames)
            {
                Skip(new SkippedClip(clip.Path, $"it has one frame, but at least {MinFrames} are required."));
                continue;
            }

            EngineThread.Run(() => videos.Add(features, clip, device, cancellation));
            progress?.Report(new ItemProgress(place.Done + videos.Count + videos.Skipped.Count, place.Total, clip.Path));
        }

        return videos;

        void Skip(SkippedClip clip)
        {
            videos.Skipped.Add(clip);
            report(clip);
        }
    }

    private static VideoStatistics Compare(ClipSet own, ClipSet? others) => EngineThread.Run(() =>
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var mean = others ?? own;
        var statistics = new VideoStatistics(own.Count, own.Skipped.Count, own.Changes.Average(), own.Flicker, own.Identity(mean))
        {
            Flow = own.Flows.Average(),
        };
        if (others is null)
        {
            return statistics;
        }

        var (known, made) = (others.Clips(), own.Clips());
        var (center, deviation) = (known.mean([0], keepdim: true), known.std([0], unbiased: false, keepdim: true).clamp_min(MinDeviation));
        (known, made) = ((known - center) / deviation, (made - center) / deviation);
        var half = known.size(0) / 2;
        return statistics with
        {
            ReferenceClips = others.Count, ReferenceFlow = others.Flows.Average(), ReferenceChange = others.Changes.Average(),
            ReferenceFlicker = others.Flicker, ReferenceIdentity = others.Identity(others),
            RandomFeatureDistance = own.Count > 1 && others.Count > 1 ? KernelDistance.Between(made, known) : null,
            // Assign videos alternately to both halves, because videos with similar names are often cut from the same source.
            ReferenceHalvesDistance = half > 1
                ? KernelDistance.Between(known.index_select(0, arange(0, 2 * half, 2)), known.index_select(0, arange(1, 2 * half, 2)))
                : null,
        };
    });

    /// <summary>Measurements of several clips. To save memory, features of the frames are kept instead of the pixels.</summary>
    private sealed class ClipSet
    {
        /// <summary>Features of each clip's frames, (F, 128), as arrays, because tensors would be disposed with the engine's scopes.</summary>
        private readonly List<(float[] Values, int Frames)> features = [];

        private readonly List<double> flickers = [];

        /// <summary>Sum of the clips' mean frames, (3, S, S) with S ≤ 32.</summary>
        private float[] meanFrames = [];

        public int Count => features.Count;
        public List<SkippedClip> Skipped { get; } = [];
        public List<double> Changes { get; } = [];
        public List<double> Flows { get; } = [];

        /// <summary>Mean flicker of the clips with at least three frames; <c>null</c> if there are none.</summary>
        public double? Flicker => flickers.Count > 0 ? flickers.Average() : null;

        /// <exception cref="TinySoraException">NoUsableVideos.</exception>
        public ClipSet Required() => Count > 0 ? this : throw DataErrors.NoUsableVideos(Skipped.Count, Skipped[0].Path, Skipped[0].Reason);

        public void Add(RandomFeatures network, ClipReader.ReadClip clip, Device device, CancellationToken cancellation)
        {
            using var scope = NewDisposeScope();
            using var nothing = no_grad();
            var frames = clip.ToTensor(device).squeeze(0).transpose(0, 1).contiguous(); // (F, 3, S, S)
            var count = clip.Shape.Frames;
            Changes.Add((frames.narrow(0, 1, count - 1) - frames.narrow(0, 0, count - 1)).abs().mean().ToDouble());
            Flows.Add(OpticalFlow.MeanLength(frames, cancellation));
            if (count > 2)
            {
                var around = (frames.narrow(0, 0, count - 2) + frames.narrow(0, 2, count - 2)) / 2;
                flickers.Add((frames.narrow(0, 1, count - 2) - around).abs().mean().ToDouble());
            }

            var small = Math.Min(clip.Shape.Height, MeanFrameSide);
            var meanFrame = nn.functional.adaptive_avg_pool2d(frames.mean([0]), [small, small]).cpu().data<float>().ToArray();
            meanFrames = Count == 0 ? meanFrame : [.. meanFrames.Zip(meanFrame, (sum, value) => sum + value)];
            features.Add((network.Of(frames).cpu().data<float>().ToArray(), count));
        }

        /// <returns>
        /// (N, 256) float64: for each clip, the mean of the features over its frames, and the mean of the features' absolute changes between frames.
        /// </returns>
        public Tensor Clips() => stack([.. Each().Select(clip =>
            cat([clip.mean([0]), (clip.narrow(0, 1, clip.size(0) - 1) - clip.narrow(0, 0, clip.size(0) - 1)).abs().mean([0])]))]);

        /// <summary>Returns the mean squared difference between the mean frames of the two sets.</summary>
        public double DistanceOfMeanFrame(ClipSet other)
        {
            var sum = 0.0;
            for (var i = 0; i < meanFrames.Length; i++)
            {
                var difference = (meanFrames[i] / Count) - (other.meanFrames[i] / other.Count);
                sum += difference * difference;
            }

            return sum / meanFrames.Length;
        }

        /// <param name="mean">Clips that determine the mean frame.</param>
        public double? Identity(ClipSet mean)
        {
            if (mean.Count < 2)
            {
                return null;
            }

            var center = stack([.. mean.Each().Select(clip => clip.mean([0]))]).mean([0]);
            return Each().Average(clip =>
            {
                var beyond = clip - center;
                var (first, rest) = (beyond.narrow(0, 0, 1), beyond.narrow(0, 1, clip.size(0) - 1));
                var lengths = (first.square().sum(1) * rest.square().sum(1)).sqrt().clamp_min(double.Epsilon);
                return ((first * rest).sum(1) / lengths).mean().ToDouble();
            });
        }

        private IEnumerable<Tensor> Each() => features.Select(clip =>
            tensor(clip.Values, [clip.Frames, RandomFeatures.Length]).to(ScalarType.Float64));
    }
}
