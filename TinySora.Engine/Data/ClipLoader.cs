using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Data;

/// <summary>Brings the store of a folder up to date: what the old one has is kept, the rest is decoded in parallel.</summary>
/// <param name="read">Decodes the file at a path to one shape, or several in a row.</param>
internal sealed class ClipLoader(
    ClipShape shape, Func<string, CancellationToken, byte[]> read, IReadOnlyList<ClipSource> sources,
    IProgress<DataProgress>? progress, CancellationToken cancellationToken)
{
    private readonly ConcurrentBag<SkippedClip> skipped = [];
    private int done;

    /// <summary>Clips that <see cref="Load(string, out string?)"/> could not decode, in the order of their names.</summary>
    public IReadOnlyList<SkippedClip> Skipped => [.. skipped.OrderBy(s => s.Path, StringComparer.Ordinal)];

    /// <summary>A store in a file, or in memory where that cannot be written.</summary>
    /// <param name="note">What the user should know about it; null: nothing.</param>
    public ClipStore Load(string path, out string? note)
    {
        try
        {
            note = null;
            return Load(path, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            note = $"The decoded clips stay in memory and are decoded again next time: {path} cannot be written ({e.Message})";
            return Load(path, null);
        }
    }

    /// <summary>A store that holds exactly the clips that can be decoded.</summary>
    /// <param name="oldPath">The store of last time, if there is one.</param>
    /// <param name="newPath">Where a new one goes, if one is needed; null: into memory.</param>
    /// <exception cref="IOException">The new store cannot be written.</exception>
    private ClipStore Load(string oldPath, string? newPath)
    {
        skipped.Clear();
        done = 0;
        var writer = new Lazy<ClipStoreWriter>(() => new ClipStoreWriter(newPath, shape));
        var old = ClipStore.TryOpen(oldPath, shape);
        try
        {
            var kept = new ConcurrentBag<(ClipSource Source, StoredClip Clip)>();
            var missing = new ConcurrentBag<ClipSource>();
            ForEach(sources, source =>
            {
                if (old?.Find(source) is { } clip)
                {
                    kept.Add((source, clip));
                }
                else
                {
                    missing.Add(source);
                }
            });
            done = kept.Count;

            // Broken clips are tried again each time, since another ffmpeg may read them; the store stays.
            ForEach(missing, source =>
            {
                if (Decode(source) is { } pixels)
                {
                    writer.Value.Add(source, pixels);
                }

                progress?.Report(new DataProgress(Interlocked.Increment(ref done), sources.Count, source.Path));
            });
            if (old is not null && !writer.IsValueCreated && kept.Count == old.Clips.Count)
            {
                var result = old;
                old = null;
                return result;
            }

            ForEach(kept, k => writer.Value.Add(k.Source, old!.Pixels(k.Clip)));
            // Windows does not replace a mapped file.
            old?.Dispose();
            return writer.Value.Complete();
        }
        finally
        {
            old?.Dispose();
            if (writer.IsValueCreated)
            {
                writer.Value.Dispose();
            }
        }
    }

    /// <summary>
    /// null for a clip that cannot be decoded: it must not keep the others from training. That ffmpeg is missing is no fault
    /// of a clip, and training without all the videos not what was asked for.
    /// </summary>
    private byte[]? Decode(ClipSource source)
    {
        try
        {
            return read(source.Path, cancellationToken);
        }
        catch (Exception e) when (e is not (OperationCanceledException or OutOfMemoryException or TinySoraException { Kind: ErrorKind.NotInstalled }))
        {
            skipped.Add(new SkippedClip(source.Path, e is TinySoraException ? e.Message : $"{e.GetType().Name}: {e.Message}"));
            return null;
        }
    }

    private void ForEach<T>(IEnumerable<T> items, Action<T> action)
    {
        try
        {
            Parallel.ForEach(items, new ParallelOptions { CancellationToken = cancellationToken }, action);
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.Flatten().InnerExceptions[0]);
        }
    }
}
