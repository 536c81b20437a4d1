using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Errors;
using TinySora.Engine.Interop;

namespace TinySora.Engine.Data.Store;

/// <summary>
/// What was made of clips, memory-mapped or in memory: their pixels as (C, F, H, W) bytes, or latents. The file is a header (magic,
/// version, SHA-256 of the slot's description) and for each clip an entry that says what it is, followed by its bytes. Clips
/// are only ever added, so that a run which was killed has lost nothing but the last; of several of one name the last counts.
/// </summary>
internal sealed class ClipStore : IDisposable
{
    /// <summary>The version of the preprocessing. Raise it when clips are preprocessed differently: older stores are then made anew.</summary>
    private const int Version = 2;

    private readonly StoreSlot slot;
    private readonly IReadOnlyList<byte[]>? memory;
    private readonly MappedFile? file;
    private readonly Dictionary<string, StoredClip> clips = new(StringComparer.Ordinal);
    private readonly Lazy<Dictionary<string, StoredClip>> byContent;

    /// <summary>A store in memory.</summary>
    public ClipStore(StoreSlot slot, IEnumerable<StoredClip> clips, IReadOnlyList<byte[]> memory)
        : this(slot)
    {
        this.memory = memory;
        this.clips = clips.ToDictionary(c => c.Name, StringComparer.Ordinal);
    }

    private ClipStore(StoreSlot slot, MappedFile file)
        : this(slot)
    {
        this.file = file;
        End = Index(file.Bytes);
    }

    private ClipStore(StoreSlot slot)
    {
        this.slot = slot;
        byContent = new(() => clips.Values.Where(c => c.Content.Length > 0)
            .GroupBy(c => Convert.ToHexString(c.Content)).ToDictionary(g => g.Key, g => g.First()));
    }

    /// <summary>The stored clips by the names of their sources.</summary>
    public IReadOnlyDictionary<string, StoredClip> Clips => clips;

    /// <summary>Length of what is whole in the file; what follows was cut off.</summary>
    public long End { get; }

    /// <summary>The first bytes of a store's file.</summary>
    public static byte[] Header(StoreSlot slot) =>
    [
        .. Encoding.ASCII.GetBytes("TSCLIPS\n"), .. BitConverter.GetBytes(Version),
        .. SHA256.HashData(Encoding.UTF8.GetBytes(slot.Description)),
    ];

    /// <summary>The store in a file, also in one that is not complete; null when there is none of this shape and version.</summary>
    public static ClipStore? TryOpen(string path, StoreSlot slot)
    {
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            var header = Header(slot);
            var file = MappedFile.Of(File.OpenRead(path));
            if (file.Bytes.Length >= header.Length && file.Bytes.Span(0, header.Length).SequenceEqual(header))
            {
                return new ClipStore(slot, file);
            }

            file.Dispose();
            return null;
        }
        catch (Exception e) when (FileFailure.Is(e) || e is ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The bytes of a clip, as many slots as it has.</summary>
    public ReadOnlySpan<byte> Pixels(StoredClip clip) =>
        memory is not null ? memory[(int)clip.Place] : file!.Bytes.Span(clip.Place, checked(clip.Slots * slot.Length));

    /// <summary>
    /// The clip decoded from this source, if its pixels are still what they were: from a file that was not touched since, or
    /// from one of the same content, whatever its name and time.
    /// </summary>
    public StoredClip? Find(ClipSource source)
    {
        var clip = clips.TryGetValue(source.Name, out var named) && named.IsOf(source) ? named
            : byContent.Value.Count > 0 && source.Hash() is { Length: > 0 } hash ? byContent.Value.GetValueOrDefault(Convert.ToHexString(hash))
            : null;
        return clip is not null && SHA256.HashData(Pixels(clip)).AsSpan().SequenceEqual(clip.Hash) ? clip : null;
    }

    public void Dispose() => file?.Dispose();

    /// <summary>Reads the entries up to the first that is not whole, and gives the place where that begins.</summary>
    private long Index(MappedBytes bytes)
    {
        long end = Header(slot).Length;
        while (StoredClip.Read(bytes.Span(end, (int)Math.Min(bytes.Length - end, int.MaxValue))) is var (clip, entryLength)
            && clip.Slots >= 0 && (long)clip.Slots * slot.Length <= Math.Min(bytes.Length - end - entryLength, int.MaxValue))
        {
            if (clip.Slots == 0)
            {
                clips.Remove(clip.Name);
            }
            else
            {
                clips[clip.Name] = clip with { Place = end + entryLength };
            }

            end += entryLength + ((long)clip.Slots * slot.Length);
        }

        return end;
    }
}
