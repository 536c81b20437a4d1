using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Data.Store;

/// <summary>
/// Brings the store of a folder up to date: what the old one has is kept, and what an interrupted run had decoded; the rest
/// is decoded in parallel.
/// </summary>
/// <param name="read">Makes of the file at a path what is kept, one slot or several in a row; on other threads, several at once.</param>
internal sealed class ClipLoader(
    StoreSlot slot, Func<string, CancellationToken, byte[]> read, IReadOnlyList<ClipSource> sources,
    IProgress<ItemProgress>? progress, CancellationToken cancellationToken)
{
    private readonly List<SkippedClip> skipped = [];

    /// <summary>
    /// Makes of what was read what is kept instead, one clip after the other on the thread that loads. Tensor work belongs here: a thread that
    /// reads must not wait for the engine thread, which may be the one that waits for it.
    /// </summary>
    public Func<byte[], byte[]> Convert { get; init; } = pixels => pixels;

    /// <summary>Clips that the last <see cref="Load"/> could not decode, in the order of their names.</summary>
    public IReadOnlyList<SkippedClip> Skipped => [.. skipped.OrderBy(s => s.Path, StringComparer.Ordinal)];

    /// <summary>A store that holds exactly the clips that can be decoded: in a file of <c>.tinysora/</c>, or in memory where that cannot be written.</summary>
    /// <param name="folder">That of the clips.</param>
    /// <param name="note">What the user should know about it; null: nothing.</param>
    /// <param name="mayBeEmpty">It is no error if none can be decoded.</param>
    /// <exception cref="TinySoraException">NoUsableClips.</exception>
    public ClipStore Load(string folder, string name, out string? note, bool mayBeEmpty = false)
    {
        var path = Path.Combine(folder, ".tinysora", name);
        ClipStore store;
        try
        {
            note = null;
            store = Update(path, path);
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            note = $"What was read of the clips stays in memory, and they are read again next time: {path} cannot be written ({e.Message})";
            store = Update(path, null);
        }

        return OnFailure.Dispose(
            store, () => store.Clips.Count > 0 || mayBeEmpty ? store : throw DataErrors.NoUsableClips(folder, skipped.Count, Skipped[0].Reason));
    }

    /// <param name="oldPath">The store of last time, if there is one.</param>
    /// <param name="newPath">Where a new one goes, if one is needed; null: into memory.</param>
    /// <exception cref="IOException">The new store cannot be written.</exception>
    private ClipStore Update(string oldPath, string? newPath)
    {
        skipped.Clear();
        var old = ClipStore.TryOpen(oldPath, slot);
        var begun = newPath is null ? null : ClipStoreWriter.Begun(newPath, slot);
        try
        {
            var (kept, resumed, missing) = Sort(old, begun);
            begun?.Dispose();
            var writer = new Lazy<ClipStoreWriter>(() => new ClipStoreWriter(newPath, slot, begun, resumed));
            try
            {
                // Broken clips are tried again each time, since another ffmpeg may read them; the store stays.
                Decode(missing, kept.Count + resumed.Count, writer);
                if (resumed.IsEmpty && !writer.IsValueCreated && kept.Count == old?.Clips.Count && kept.All(k => k.Clip.IsOf(k.Source)))
                {
                    var result = old;
                    old = null;
                    return result;
                }

                ForEach(kept, k => writer.Value.Add(k.Source, k.Clip.Content, old!.Read(k.Clip)), cancellationToken);
                // Windows does not replace an open file.
                old?.Dispose();
                return writer.Value.Complete();
            }
            catch (Exception e) when (writer.IsValueCreated && FileFailure.Is(e))
            {
                writer.Value.Discard();
                throw;
            }
            finally
            {
                if (writer.IsValueCreated)
                {
                    writer.Value.Dispose();
                }
            }
        }
        finally
        {
            begun?.Dispose();
            old?.Dispose();
        }
    }

    /// <summary>
    /// Sorts clips into those that the old store has, those that an interrupted run has decoded, and those that are still to be decoded.
    /// </summary>
    private (ConcurrentBag<(ClipSource Source, StoredClip Clip)> Kept, ConcurrentBag<string> Resumed, ConcurrentBag<ClipSource> Missing) Sort(
        ClipStore? old, ClipStore? begun)
    {
        var kept = new ConcurrentBag<(ClipSource, StoredClip)>();
        var resumed = new ConcurrentBag<string>();
        var missing = new ConcurrentBag<ClipSource>();
        ForEach(sources, source =>
        {
            if (old?.Find(source) is { } clip)
            {
                kept.Add((source, clip));
            }
            else if (begun?.Find(source) is { } same && same.IsOf(source))
            {
                resumed.Add(source.Name);
            }
            else
            {
                missing.Add(source);
            }
        }, cancellationToken);
        return (kept, resumed, missing);
    }

    /// <summary>
    /// A clip that cannot be decoded must not keep the others from training. That ffmpeg is missing is no fault of a clip, and
    /// training without all the videos not what was asked for.
    /// </summary>
    private void Decode(IEnumerable<ClipSource> missing, int done, Lazy<ClipStoreWriter> writer)
    {
        var decoded = InOrder.Select(missing, InOrder.AtOnce(slot.Length), (source, stop) =>
        {
            // Before the pixels: a file that changes in between is not taken for the one that was decoded.
            var content = source.Hash();
            return (Source: source, Content: content, Pixels: Try(source, () => read(source.Path, stop)));
        }, cancellationToken);
        foreach (var (source, content, (pixels, fault)) in decoded)
        {
            var (kept, problem) = pixels is null ? (null, fault) : Try(source, () => Convert(pixels));
            if (kept is null)
            {
                skipped.Add(problem!);
            }
            else
            {
                writer.Value.Add(source, content, kept);
            }

            progress?.Report(new ItemProgress(++done, sources.Count, source.Path));
        }
    }

    private static (byte[]? Made, SkippedClip? Problem) Try(ClipSource source, Func<byte[]> make)
    {
        try
        {
            return (make(), null);
        }
        catch (Exception e) when (e is not (OperationCanceledException or OutOfMemoryException or TinySoraException { Kind: ErrorKind.NotInstalled }))
        {
            var reason = e is TinySoraException ? e.Message : $"{e.GetType().Name}: {e.Message}";
            return (null, new SkippedClip(source.Path, reason) { IsTooShort = e is TinySoraException { Id: DataErrors.TooShortId } });
        }
    }

    /// <summary>Works on items in parallel; throws the first exception as it is.</summary>
    internal static void ForEach<T>(IEnumerable<T> items, Action<T> action, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = EngineThread.ThreadCount() };
        try
        {
            Parallel.ForEach(items, options, action);
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.Flatten().InnerExceptions[0]);
        }
    }
}
