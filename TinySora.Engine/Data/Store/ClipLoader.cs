using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Data.Store;

/// <summary>
/// Updates the store for a folder. Clips in the old store and clips that an interrupted run has decoded are kept, and all other clips are decoded in parallel.
/// </summary>
/// <param name="read">Reads the file at a path into one or several consecutive slots; called concurrently on other threads.</param>
internal sealed class ClipLoader(
    StoreSlot slot, Func<string, CancellationToken, byte[]> read, IReadOnlyList<ClipSource> sources,
    IProgress<ItemProgress>? progress, CancellationToken cancellationToken)
{
    private readonly List<SkippedClip> skipped = [];

    /// <summary>
    /// Converts the bytes that were read to the bytes to store, one clip at a time on the loading thread. Use it for tensor work, because a reading thread
    /// must not wait for the engine thread, which may be waiting for the reading thread.
    /// </summary>
    public Func<byte[], byte[]> Convert { get; init; } = pixels => pixels;

    /// <summary>Clips that the last <see cref="Load"/> could not decode, ordered by name.</summary>
    public IReadOnlyList<SkippedClip> Skipped => [.. skipped.OrderBy(s => s.Path, StringComparer.Ordinal)];

    /// <summary>
    /// Loads a store with exactly the clips that can be decoded. The store is a file in <c>.tinysora/</c>, or in memory if that folder is not writable.
    /// </summary>
    /// <param name="folder">Folder of the clips.</param>
    /// <param name="note">A message for the user about the store; <c>null</c> if there is none.</param>
    /// <param name="mayBeEmpty">Whether to accept that no clip can be decoded.</param>
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
            note = $"The decoded clips stay in memory, and the next run decodes them again, because '{path}' cannot be written: {e.Message}";
            store = Update(path, null);
        }

        return OnFailure.Dispose(
            store, () => store.Clips.Count > 0 || mayBeEmpty ? store : throw DataErrors.NoUsableClips(folder, skipped.Count, Skipped[0].Reason));
    }

    /// <param name="oldPath">The previous store, if it exists.</param>
    /// <param name="newPath">Path of a new store if one is needed; <c>null</c> to use memory.</param>
    /// <exception cref="IOException">The new store cannot be written.</exception>
    private ClipStore Update(string oldPath, string? newPath)
    {
        skipped.Clear();
        var old = ClipStore.TryOpen(oldPath, slot);
        var begun = newPath is null ? null : ClipStoreWriter.OpenPartial(newPath, slot);
        try
        {
            var (kept, resumed, missing) = Sort(old, begun);
            begun?.Dispose();
            var writer = new Lazy<ClipStoreWriter>(() => new ClipStoreWriter(newPath, slot, begun, resumed));
            try
            {
                // Unreadable clips are retried each time, because another ffmpeg may be able to decode them. The store remains unchanged.
                Decode(missing, kept.Count + resumed.Count, writer);
                if (resumed.IsEmpty && !writer.IsValueCreated && kept.Count == old?.Clips.Count && kept.All(k => k.Clip.Matches(k.Source)))
                {
                    var result = old;
                    old = null;
                    return result;
                }

                ForEach(kept, k => writer.Value.Add(k.Source, k.Clip.Content, old!.Read(k.Clip)), cancellationToken);
                // Windows cannot replace an open file.
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

    /// <summary>Sorts clips into those in the old store, those decoded by an interrupted run, and those left to decode.</summary>
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
            else if (begun?.Find(source) is { } same && same.Matches(source))
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
    /// Decodes missing clips. A clip that cannot be decoded does not prevent training on the others. If ffmpeg is missing, an exception is thrown, because
    /// the clips are not the cause and the user would not want to train without any videos.
    /// </summary>
    private void Decode(IEnumerable<ClipSource> missing, int done, Lazy<ClipStoreWriter> writer)
    {
        var decoded = OrderedParallel.Select(missing, OrderedParallel.GetConcurrency(slot.Length), (source, stop) =>
        {
            // Hash before decoding, so that a file that changes in between does not match the decoded content.
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

    /// <summary>Processes items in parallel; rethrows the first exception unchanged.</summary>
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
