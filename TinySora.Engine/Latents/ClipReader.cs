using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Errors;
using TinySora.Engine.Media.Files;
using static TorchSharp.torch;

namespace TinySora.Engine.Latents;

/// <summary>Reads the clips in a folder lazily, in the shape that an autoencoder requires.</summary>
internal static class ClipReader
{
    /// <summary>Number of frames that means all frames of each clip.</summary>
    public const int AllFrames = int.MaxValue;

    /// <summary>Finds the clips in a folder and its subfolders, or the images if there are no clips.</summary>
    /// <param name="filter">Selects the videos to read; <c>null</c> for all.</param>
    /// <exception cref="TinySoraException">The folder is missing, or has neither clips nor images; NothingSelected, CannotRead.</exception>
    public static IReadOnlyList<ClipSource> Find(string folder, VideoFilter? filter = null)
    {
        filter ??= VideoFilter.All;
        var extensions = filter.Extensions;
        var clips = ClipSource.Find(folder, extensions ?? ClipSource.Extensions);
        var found = clips.Count > 0 || extensions is not null ? clips : ClipSource.Find(folder, ClipSource.StillExtensions);
        return found.Count == 0 ? throw DataErrors.NoClips(folder, extensions ?? ClipFile.ReadableExtensions)
            : [.. filter.Select([.. found.Select(source => source.Name)]).Select(index => found[index])];
    }

    /// <summary>
    /// Finds files in the folder that look like videos but are not read; returns none if <paramref name="filter"/> selects only some of the clips.
    /// </summary>
    public static IReadOnlyList<SkippedClip> FindUnread(string folder, VideoFilter? filter, CancellationToken cancellation) =>
        filter is null || filter == VideoFilter.All ? UnsupportedVideos.Find(folder, cancellation) : [];

    /// <summary>Reads the first frames of a clip, scaled and cropped.</summary>
    /// <param name="stride">If all frames are read, their number is rounded down to a multiple of this one by dropping frames at the end.</param>
    /// <exception cref="TinySoraException">Unreadable; TooShort.</exception>
    public static ReadClip Read(string path, ClipShape shape, int stride, CancellationToken cancellation)
    {
        var clip = shape.ReadClip(path, cancellation);
        var frames = shape.Frames == AllFrames ? clip.Frames / stride * stride : shape.Frames;
        if (clip.Frames < frames || frames == 0)
        {
            throw LatentErrors.TooShort(path, clip.Frames, Math.Max(frames, stride));
        }

        var own = shape with { Frames = frames };
        return new ReadClip(path, own, own.Fit(clip));
    }

    /// <summary>Reads the clips in a folder in order, prefetching on several threads, and reports unreadable clips.</summary>
    public static IEnumerable<ReadClip> ReadAll(
        IReadOnlyList<ClipSource> sources, ClipShape shape, int stride, Action<SkippedClip> skipped, CancellationToken cancellation)
    {
        foreach (var (clip, problem) in OrderedParallel.Select(
            sources, OrderedParallel.GetConcurrency(0),
            (source, stop) => SkippedClip.Try(source.Path, () => Read(source.Path, shape, stride, stop) with { Name = source.Name }), cancellation))
        {
            if (problem is not null)
            {
                skipped(problem);
                continue;
            }

            yield return clip!;
        }
    }

    /// <param name="pixels">(C, F, H, W), with any number of frames.</param>
    /// <returns>(1, C, F, H, W) in [0, 1].</returns>
    public static Tensor ToTensor(byte[] pixels, ClipShape shape, Device device)
    {
        using var scope = NewDisposeScope();
        var frames = pixels.Length / (shape with { Frames = 1 }).Length;
        var bytes = tensor(pixels, [1L, shape.Channels, frames, shape.Height, shape.Width], ScalarType.Byte);
        return bytes.to(device).to(ScalarType.Float32).div_(255).MoveToOuterDisposeScope();
    }

    /// <param name="Pixels">(C, F, H, W).</param>
    public sealed record ReadClip(string Path, ClipShape Shape, byte[] Pixels)
    {
        /// <summary>Path of the clip relative to the folder, with forward slashes.</summary>
        public string Name { get; init; } = "";

        /// <inheritdoc cref="ClipReader.ToTensor"/>
        public Tensor ToTensor(Device device) => ClipReader.ToTensor(Pixels, Shape, device);
    }
}
