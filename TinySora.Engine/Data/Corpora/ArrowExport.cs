using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Formats.Arrow;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Data.Corpora;

/// <summary>
/// Exports a corpus as a dataset for early Open-Sora versions: one row per caption, with the name of the video and the text encoder's embeddings of the
/// caption's tokens. Parts are written completely or not at all, and rerunning the same command keeps existing parts.
/// </summary>
public sealed class ArrowExport : IDisposable
{
    /// <summary>Number of videos to check before the captions of the accepted videos are encoded.</summary>
    private const int VideosAtOnce = 16;

    private readonly ArrowExportOptions options;
    private readonly ImportReport report;
    private readonly VideoTokens? tokens;
    private readonly IProgress<ItemProgress>? progress;
    private readonly CancellationToken cancellationToken;
    private readonly IReadOnlyList<CaptionEntry> entries;
    private readonly ClipTextEncoder encoder;
    private readonly OutputLog log;
    private readonly OutputFiles outputs;
    private readonly List<SkippedClip> tooLong = [];
    private readonly List<string> others = [];
    private int done;

    private ArrowExport(ArrowExportOptions options, ImportReport report, IProgress<ItemProgress>? progress, CancellationToken cancellationToken)
    {
        ParameterRange.Require(options.Parts is >= 1 and <= 100_000, "Parts", options.Parts, "1 to 100000");
        ParameterRange.Require(options.MaxFrames is >= 1 and < 1_000_000, "MaxFrames", options.MaxFrames, "1 to 999999");
        if (!Directory.Exists(options.VideoPath))
        {
            throw DataErrors.SourceMissing(options.VideoPath);
        }

        (this.options, tokens, this.report, this.progress, this.cancellationToken) = (options, options.Tokens, report, progress, cancellationToken);
        entries = CaptionEntry.Read(options.CaptionPath);
        log = new OutputLog(options.OutputPath, $"Arrow {JsonSerializer.Serialize(options)}{(tokens is null ? "" : $" {tokens.Description}")}", options.Force);
        outputs = new OutputFiles(options.OutputPath, log, options.Force);
        FindOthers();
        encoder = EngineThread.Run(() => ClipTextEncoder.Open(options.TextEncoderPath, DeviceChoice.Resolve(options.Device)));
    }

    private int Parts => Math.Min(options.Parts, entries.Count);

    /// <summary>Checks everything except the videos immediately, and writes each part while the result is enumerated.</summary>
    /// <param name="report">Receives every video that cannot be read and, at the end, the videos that are too long.</param>
    /// <exception cref="TinySoraException">
    /// The captions or the encoder cannot be read, the folder of the videos is missing, a number is out of range, or a part of
    /// another run exists and Force is not set; FFmpegMissing.
    /// </exception>
    public static IEnumerable<ArrowPart> Write(
        ArrowExportOptions options, ImportReport report, IProgress<ItemProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        return Write(new ArrowExport(options, report, progress, cancellationToken));

        static IEnumerable<ArrowPart> Write(ArrowExport export)
        {
            using (export)
            {
                export.OnDisk(() => export.others.ForEach(NewFolder.Delete));
                for (var part = 0; part < export.Parts; part++)
                {
                    yield return export.Write(part);
                }

                export.ReportTooLong();
            }
        }
    }

    public void Dispose()
    {
        log.Dispose();
        EngineThread.Run(encoder.Dispose);
    }

    private ArrowPart Write(int part)
    {
        var (first, count) = EvenParts.Get(entries.Count, Parts, part);
        var mine = entries.Skip((int)first).Take((int)count).ToList();
        var (key, folder, version) = (Name(part), PathOf(part), Version(mine));
        if (log.State.GetCompleted(key).Version == version && Directory.Exists(folder))
        {
            return Kept(folder, mine);
        }

        OnDisk(() => log.Begin(key));
        RemoveOwn(folder);
        IReadOnlyList<ArrowColumn> columns = tokens is null
            ? [ArrowColumns.VideoFile, ArrowColumns.TextStates]
            : [ArrowColumns.VideoFile, ArrowColumns.VideoStates, ArrowColumns.TextStates];
        using var writer = ArrowDatasetWriter.Create(folder, columns, options.Split,
            description: tokens is null ? "" : $"{tokens.Description}, {tokens.CodecTraits}");
        var videos = new List<CorpusVideo>();
        foreach (var video in mine.Chunk(VideosAtOnce).SelectMany(Inspect))
        {
            cancellationToken.ThrowIfCancellationRequested();
            videos.Add(video.Problem is null ? AddRows(writer, video) : video);
            progress?.Report(new ItemProgress(++done, entries.Count, video.Entry.File));
        }

        writer.Complete(complete => log.Write(outputs.ContentsOf(complete, folder), []));
        OnDisk(() => log.End(key, videos.Count(v => v.Problem is null), version));
        return Part(folder, writer.Count, videos);
    }

    /// <summary>Checks several videos in parallel and returns the results in order.</summary>
    private CorpusVideo[] Inspect(IEnumerable<CaptionEntry> some) =>
        [.. OrderedParallel.Select(some, OrderedParallel.GetConcurrency(0),
            (entry, stop) => CorpusVideo.Inspect(entry, options.VideoPath, options.MaxFrames, stop), cancellationToken)];

    /// <summary>Adds a video's rows; returns the video, with a problem if it turns out to be too small to encode.</summary>
    private CorpusVideo AddRows(ArrowDatasetWriter writer, CorpusVideo video)
    {
        var path = Path.Combine(options.VideoPath, video.Entry.File);
        try
        {
            using var indices = tokens?.Encode(path, cancellationToken);
            EngineThread.Run(() => AddRows(writer, video.Entry, indices));
            return video;
        }
        catch (TinySoraException e) when (e.Id is LatentErrors.TooShortId or LatentErrors.TooSmallId)
        {
            return video with { Problem = new SkippedClip(path, e.Message) };
        }
    }

    private void AddRows(ArrowDatasetWriter writer, CaptionEntry entry, Tensor? indices)
    {
        using var scope = NewDisposeScope();
        foreach (var states in encoder.States([.. entry.Captions.Select(WeightedText.Literal)]).Unpad())
        {
            writer.Add([entry.File, .. indices is null ? Array.Empty<object>() : [indices], states.to(CPU)]);
        }
    }

    /// <summary>Returns a part that an earlier run has completed. The skipped videos are checked again to report the reasons.</summary>
    private ArrowPart Kept(string folder, List<CaptionEntry> mine)
    {
        using var dataset = ArrowDataset.Open(folder);
        var files = new HashSet<string?>(StringComparer.Ordinal);
        for (var row = 0L; row < dataset.Count; row++)
        {
            files.Add(dataset.ReadText(row, ArrowColumns.VideoFile.Name));
        }

        var videos = mine.Select(entry => new CorpusVideo(entry, null, false)).Where(v => files.Contains(v.Entry.File))
            .Concat(Inspect(mine.Where(entry => !files.Contains(entry.File)))).ToList();
        progress?.Report(new ItemProgress(done += mine.Count, entries.Count, folder));
        return Part(folder, dataset.Count, videos);
    }

    private ArrowPart Part(string folder, long rows, List<CorpusVideo> videos)
    {
        var skipped = videos.Where(v => v.Problem is not null).ToList();
        tooLong.AddRange(skipped.Where(v => v.IsTooLong).Select(v => v.Problem!));
        foreach (var video in skipped.Where(v => !v.IsTooLong))
        {
            report.Skipped(video.Problem!);
        }

        return new ArrowPart(
            folder, options.Split, rows, videos.Count - skipped.Count, skipped.Count(v => v.IsTooLong), [.. skipped.Select(v => v.Problem!)]);
    }

    /// <summary>Reports all videos that are too long in a single warning, because there may be many of them and nothing is wrong with them.</summary>
    private void ReportTooLong()
    {
        if (tooLong.Count > 0)
        {
            report.Warning($"Videos with more than {options.MaxFrames} frames were skipped: {tooLong.Count} of {entries.Count}; "
                + $"the first is '{tooLong[0].Path}'.");
        }
    }

    /// <exception cref="TinySoraException">OutputExists: there is a part that this run has not written.</exception>
    private void FindOthers()
    {
        if (Directory.Exists(options.OutputPath))
        {
            others.AddRange(Directory.EnumerateDirectories(options.OutputPath, "part-?????")
                .Where(folder => !log.State.HasStarted(Path.GetFileName(folder))).Order(StringComparer.Ordinal));
        }

        if (others.Count > 0 && !options.Force)
        {
            throw DataErrors.OutputExists(others[0]);
        }
    }

    private string PathOf(int part) => Path.Combine(options.OutputPath, Name(part));

    private static string Name(int part) => $"part-{part:D5}";

    /// <summary>Removes a part left by an earlier run.</summary>
    /// <exception cref="TinySoraException">OutputExists: the part has been changed in the meantime.</exception>
    private void RemoveOwn(string folder) => OnDisk(() =>
    {
        if (!outputs.TryRemoveFolder(folder))
        {
            throw DataErrors.OutputExists(folder);
        }
    });

    /// <summary>Returns a text that changes whenever one of the videos or captions changes.</summary>
    private string Version(IEnumerable<CaptionEntry> some)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var entry in some)
        {
            var stamp = FileStamp.Of(Path.Combine(options.VideoPath, entry.File)) is { } file ? $"{file.Length} {file.Modified.Ticks}" : "gone";
            hash.AppendData(Encoding.UTF8.GetBytes($"{entry.File}\n{stamp}\n{string.Join('\n', entry.Captions)}\0"));
        }

        return Convert.ToHexString(hash.GetHashAndReset())[..16];
    }

    private void OnDisk(Action write) => OnFailure.Throw(options.OutputPath, DataErrors.CannotWrite, write);
}
