using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats;
using TinySora.Engine.Latents;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentVideos;

/// <summary>Videos in a folder, with saved latents for some or all of them. The other videos are encoded. All videos are ordered by name.</summary>
internal sealed class SavedLatentVideos : ILatentVideos
{
    private const int MaxNamed = 5;

    private readonly string folder;
    private readonly CodecModel? codec;
    private readonly VideoLatents saved;
    private readonly EncodedLatentVideos? encoded;
    private readonly IReadOnlyList<(ILatentVideos? Encoded, int Place)> places;

    /// <param name="folder">Folder of the videos.</param>
    /// <param name="codec">Autoencoder, disposed with this object; <c>null</c> if it is missing and all videos have saved latents.</param>
    /// <param name="encoded">Videos without saved latents; <c>null</c> if all videos have saved latents.</param>
    private SavedLatentVideos(
        string folder, SavedLatents latents, SavedLatents.Matches found, IReadOnlyList<string> names, CodecModel? codec, LatentKind kind, VideoClipConfig clip,
        EncodedLatentVideos? encoded, int written)
    {
        (this.folder, this.codec, this.encoded) = (folder, codec, encoded);
        string[] stored = [.. names.Where(found.Files.ContainsKey)];
        saved = new VideoLatents(latents.Folder, [.. stored.Select(name => found.Files[name])], codec) { KeepsMoments = kind == LatentKind.Moments };
        Codec = codec is null ? saved.InferTraits((clip.FramesToRead, clip.Height, clip.Width ?? clip.Height)) : CodecTraits.Of(codec);
        StoredLatentVideos.Check(saved, Enumerable.Range(0, stored.Length), clip, Codec.Stride);
        var all = stored.Select((name, place) => (Name: name, Of: ((ILatentVideos?)null, place)))
            .Concat((encoded?.Names ?? []).Select((name, place) => (Name: name, Of: ((ILatentVideos?)encoded, place))))
            .OrderBy(video => video.Name, StringComparer.Ordinal).ToList();
        Names = [.. all.Select(video => video.Name)];
        places = [.. all.Select(video => video.Of)];
        Captions = [.. Enumerable.Range(0, Names.Count).Select(video => EncodedLatentVideos.CaptionsOf(PathOf(video)))];
        Notes =
        [
            .. written > 0 ? [new DataNote($"Number of videos whose latents were saved in '{latents.Folder}': {written}.", IsWarning: false)]
                : Array.Empty<DataNote>(),
            new($"Found {Plural.Count(Names.Count, "clip")} in '{folder}' (with latents in '{latents.Folder}': {stored.Length}; "
                + $"encoded: {encoded?.Names.Count ?? 0}).", IsWarning: false),
            .. encoded?.Notes.Where(note => note.IsWarning) ?? [],
            .. StrangersOf(latents, found),
        ];
    }

    public CodecTraits Codec { get; }
    public IReadOnlyList<string> Names { get; }
    public IReadOnlyList<IReadOnlyList<string?>> Captions { get; }

    public string Fingerprint
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (var i = 0; i < saved.Count; i++)
            {
                hash.AppendData(Encoding.UTF8.GetBytes(LatentSource.FingerprintOf(saved.FileOf(i))));
            }

            return Convert.ToHexString(hash.GetHashAndReset()) + encoded?.Fingerprint;
        }
    }

    public IReadOnlyList<DataNote> Notes { get; }
    public int Skipped => encoded?.Skipped ?? 0;

    /// <summary>Opens the videos of a folder; returns <c>null</c> if none of them has saved latents.</summary>
    /// <param name="shape">Shape in which videos are encoded.</param>
    /// <param name="encode">Encodes the videos with the given names. The flag specifies whether it is acceptable that none of them can be encoded.</param>
    /// <exception cref="TinySoraException">
    /// NoPosterior; OtherCodec, OtherSize, NotFinite or other errors in a file; errors in finding and encoding videos.
    /// </exception>
    public static SavedLatentVideos? Open(
        string folder, SavedLatents latents, CodecModel? codec, LatentKind kind, VideoClipConfig clip, ClipShape shape,
        Func<IReadOnlySet<string>, bool, EncodedLatentVideos> encode, IProgress<ItemProgress>? progress, CancellationToken cancellation)
    {
        var videos = ClipSource.Find(folder, cancellation);
        string[] names = [.. ClipReader.Find(folder, clip.VideoFilter).Select(video => video.Name)];
        var found = latents.Match(videos);
        var missing = Missing();
        var written = 0;
        if (latents.Writes && missing.Count > 0)
        {
            var options = new LatentExportOptions
            {
                DataPath = folder, OutputPath = latents.Folder, Format = LatentFormat.PerVideo, Videos = clip.VideoFilter with { Names = missing },
                Frames = shape.Frames == ClipReader.AllFrames ? null : shape.Frames,
                Height = shape.Height, Width = shape.Width, CropsSquare = shape.CropsSquare,
            };
            written = LatentExport.WritePerVideo(codec!, options, _ => { }, progress, cancellation).Count();
            found = latents.Match(videos);
            missing = Missing();
        }

        return found.Files.Count == 0 && found.Unmatched.Count == 0 ? null
            : new(folder, latents, found, names, codec, kind, clip, missing.Count > 0 ? encode(missing, missing.Count < names.Length) : null, written);

        HashSet<string> Missing() => names.Where(name => !found.Files.ContainsKey(name)).ToHashSet(StringComparer.Ordinal);
    }

    public string PathOf(int video) => Path.Combine(folder, Names[video]);

    public IReadOnlyList<object> SourceVideos => CutClips.FindSources(folder, Names);

    public Tensor Read(int video)
    {
        var (other, place) = places[video];
        if (other is not null)
        {
            return other.Read(place);
        }

        using var scope = NewDisposeScope();
        return saved.Read(place).squeeze(0).cpu().MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        encoded?.Dispose();
        saved.Dispose();
        codec?.Dispose();
    }

    private static IEnumerable<DataNote> StrangersOf(SavedLatents latents, SavedLatents.Matches found)
    {
        if (found.Unmatched.Count > 0)
        {
            yield return new($"Files in '{latents.Folder}' that match no video are ignored: {Errors.Text.JoinLimited(found.Unmatched, MaxNamed)}.",
                IsWarning: true);
        }
    }
}

/// <summary>
/// A folder of saved latents, in which each file is named after its video, such as <c>clip.mp4.safetensors</c>, or .pkl for files from the Latte tutorial.
/// </summary>
/// <param name="Folder">Path of the folder, which need not exist.</param>
/// <param name="Writes">Whether latents of videos without a file are saved before training.</param>
internal sealed record SavedLatents(string Folder, bool Writes)
{
    /// <summary>
    /// Videos with saved latents, each with its file. Files are matched to videos by relative path or, as in the tutorial's code, by file name.
    /// </summary>
    /// <param name="Unmatched">Files that match no video, as paths relative to the folder.</param>
    public sealed record Matches(IReadOnlyDictionary<string, string> Files, IReadOnlyList<string> Unmatched);

    /// <param name="videos">All videos, including those excluded from training.</param>
    /// <exception cref="TinySoraException">FolderUnreadable; a file is corrupt.</exception>
    public Matches Match(IReadOnlyList<ClipSource> videos)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.Exists(Folder) ? VideoLatents.Find(Folder) : [])
        {
            found[NameOf(file)] = file; // .safetensors takes precedence over .pkl, because it comes last in ordinal order
        }

        var alone = videos.GroupBy(video => Path.GetFileName(video.Name), StringComparer.Ordinal).Where(group => group.Count() == 1).Select(group => group.Key)
            .ToHashSet(StringComparer.Ordinal);
        var (files, known) = (new Dictionary<string, string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        foreach (var video in videos)
        {
            var name = found.ContainsKey(video.Name) || !alone.Contains(Path.GetFileName(video.Name)) ? video.Name : Path.GetFileName(video.Name);
            if (found.TryGetValue(name, out var file))
            {
                known.Add(name);
                if (LatentExport.MayBeOf(file, video))
                {
                    files.Add(video.Name, file);
                }
            }
        }

        return new(files, [.. found.Keys.Except(known).Order(StringComparer.Ordinal)]);
    }

    /// <summary>Whether every selected video of a folder has saved latents.</summary>
    /// <exception cref="TinySoraException">Errors from <see cref="Match"/>; NoClips, NothingSelected, CannotRead.</exception>
    public bool CoversAll(string folder, VideoFilter choice)
    {
        if (!Directory.Exists(Folder) || !Directory.Exists(folder) || ClipSource.Find(folder) is not { Count: > 0 } videos)
        {
            return false;
        }

        var found = Match(videos);
        return ClipReader.Find(folder, choice).All(video => found.Files.ContainsKey(video.Name));
    }

    private string NameOf(string file) => Path.ChangeExtension(Path.GetRelativePath(Folder, file), null).Replace('\\', '/');
}
