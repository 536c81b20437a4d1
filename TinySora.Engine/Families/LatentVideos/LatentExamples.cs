using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Frames;
using TinySora.Engine.Latents;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentVideos;

/// <summary>
/// Training clips cut from latent videos. In an epoch, each video provides the configured number of clips, for each of its captions unless they are drawn.
/// </summary>
internal sealed class LatentExamples : IExamples<LatentBatch>
{
    /// <summary>Maximum number of videos that are read for measuring the mean and standard deviation of latents.</summary>
    private const int MeasuredVideos = 512;

    private readonly ILatentVideos videos;
    private readonly FrameSampling sampling;

    private readonly int channels;

    private readonly bool isDrawn;
    private readonly CaptionSampling sampled;

    /// <summary>Captioned videos of each example, of which a visit uses one. They differ only in their captions.</summary>
    private readonly IReadOnlyList<(int Video, int Caption)[]> rows;

    /// <summary>Range of the examples whose videos provide the single frames at the end of clips.</summary>
    private int firstOfImages;
    private int imageCount;

    /// <param name="videos">Latent videos, disposed with the examples.</param>
    /// <param name="sampling">Rules for selecting the latent frames of a clip.</param>
    /// <param name="kind">
    /// Kind of the examples. With moments, latents are drawn from their distributions, for which videos have twice as many channels; otherwise, the means are
    /// used.
    /// </param>
    /// <param name="captions">How training uses the captions; <c>null</c> if the model does not use text.</param>
    /// <param name="absent">Note to the user that the autoencoder is missing; <c>null</c> if it is present.</param>
    public LatentExamples(ILatentVideos videos, FrameSampling sampling, LatentKind kind, int clipsPerVideo, CaptionSampling? captions, DataNote? absent)
    {
        (this.videos, this.sampling, isDrawn) = (videos, sampling, kind == LatentKind.Moments);
        channels = kind == LatentKind.Tokens ? 1 : videos.Codec.Channels;
        sampled = captions ?? new();
        var each = videos.Captions.SelectMany(
            (all, video) => Enumerable.Range(0, captions is null ? 1 : all.Count).Select(caption => (Video: video, Caption: caption)));
        var examples = sampled.IsDrawn ? each.GroupBy(row => videos.IdentityOf(row.Video), (_, same) => same.ToArray()) : each.Select(row => new[] { row });
        rows = [.. examples.SelectMany(example => Enumerable.Repeat(example, clipsPerVideo))];
        imageCount = rows.Count;
        CaptionLists = [.. rows.Select(example => Array.ConvertAll(example, row => videos.Captions[row.Video][row.Caption]))];
        Captions = [.. CaptionLists.Select(list => list[0])];
        var without = Captions.Count(caption => caption is null);
        IEnumerable<DataNote> ofText = captions is not null && without > 0 && videos.States(0, 0) is null
            ? [.. TextProblems(), new DataNote($"Clips without a caption: {without}. The model trains on them without text.", IsWarning: true)] : [];
        Notes = [.. videos.Notes, .. ofText, .. absent is null ? [] : new[] { absent }];
        Fingerprint = FingerprintOf();
    }

    public int Count => rows.Count;
    public string Fingerprint { get; }
    public int Skipped => videos.Skipped;
    public IReadOnlyList<DataNote> Notes { get; }
    public IReadOnlyList<string?> Captions { get; }
    public IReadOnlyList<IReadOnlyList<string?>> CaptionLists { get; }

    public IReadOnlyList<object>? SourceVideos
    {
        get
        {
            var sources = videos.SourceVideos;
            return [.. rows.Select(example => sources[example[0].Video])];
        }
    }

    public LatentBatch Get(ReadOnlySpan<SampledExample> visits, Device device)
    {
        using var scope = NewDisposeScope();
        var taken = visits.ToArray().Select(visit => sampled.Take(CaptionLists[visit.Index], visit)).ToList();
        var chosen = visits.ToArray().Zip(taken, (visit, caption) => rows[visit.Index][caption.Index]).ToList();
        var clips = visits.ToArray().Zip(chosen, (visit, row) => Clip(row.Video, visit.RandomBits)).ToList();
        var sizes = clips.Select(clip => ((int)clip.shape[1], (int)clip.shape[2], (int)clip.shape[3])).ToList();
        var states = chosen.Select(row => videos.States(row.Video, row.Caption)).ToList();
        var text = states.Contains(null) ? null : TextStates.Pad([.. states.Select(state => state!.to(device))]);
        return new LatentBatch(
            Padded(clips).to(device).MoveToOuterDisposeScope(), [.. taken.Select(caption => caption.Text)], [.. chosen.Select(row => videos.Names[row.Video])])
        {
            Codec = videos.Codec,
            Text = text is null ? null : new(text.Values.MoveToOuterDisposeScope(), text.Present.MoveToOuterDisposeScope()),
            Images = sampling.Images,
            Sizes = sizes.Distinct().Count() == 1 ? null : sizes,
        };
    }

    /// <summary>Measures the mean and standard deviation of latents over whole videos, chosen at even intervals from the videos of the examples.</summary>
    public (Tensor Mean, Tensor Deviation)? MeasureLatents(int first, int count)
    {
        int[] all = [.. rows.Skip(first).Take(count).Select(example => example[0].Video).Distinct()];
        using var scope = NewDisposeScope();
        var (sum, squares, places) = (zeros([channels], ScalarType.Float64), zeros([channels], ScalarType.Float64), 0L);
        var measured = Math.Min(MeasuredVideos, all.Length);
        for (var i = 0; i < measured; i++)
        {
            using var inner = NewDisposeScope();
            var values = videos.Read(all[(int)((long)i * all.Length / measured)]).narrow(0, 0, channels).to(ScalarType.Float64).flatten(1);
            sum.add_(values.sum(1));
            squares.add_(values.square().sum(1));
            places += values.shape[1];
        }

        var mean = sum / places;
        var deviation = ((squares / places) - mean.square()).clamp_min(0).sqrt();
        return (mean.to(ScalarType.Float32).MoveToOuterDisposeScope(), deviation.to(ScalarType.Float32).MoveToOuterDisposeScope());
    }

    public void LimitImages(int first, int count) => (firstOfImages, imageCount) = (first, count);

    public void Dispose() => videos.Dispose();

    /// <returns>(D, F + I, h, w).</returns>
    private Tensor Clip(int number, ulong randomBits)
    {
        var random = new SplitMix64(randomBits);
        using var scope = NewDisposeScope();
        var video = videos.Read(number);
        var length = (int)video.shape[1];
        var start = random.Below(sampling.Interval == 1 ? Math.Max(0, length - sampling.Frames) + 1 : sampling.Starts(length));
        var isWhole = length < sampling.Frames && sampling.Interval == 1; // short clips are padded later
        var frames = isWhole ? video : video.index_select(1, tensor(sampling.Indices(length, start)).to(ScalarType.Int64));
        List<Tensor> parts = [frames];
        for (var i = 0; i < sampling.Images; i++)
        {
            var other = videos.Read(rows[firstOfImages + random.Below(imageCount)][0].Video);
            parts.Add(other.narrow(1, random.Below((int)other.shape[1]), 1));
        }

        return Latents(cat(parts, 1), random.Next()).MoveToOuterDisposeScope();
    }

    private Tensor Latents(Tensor video, ulong seed)
    {
        var mean = video.narrow(0, 0, channels);
        if (video.shape[0] == channels || !isDrawn)
        {
            return mean;
        }

        using var generator = new Generator(seed);
        return mean + ((video.narrow(0, channels, channels) / 2).exp() * randn(mean.shape, ScalarType.Float32, generator: generator));
    }

    /// <returns>(B, D, F, H, W), with zeros as padding at the end of smaller clips.</returns>
    private static Tensor Padded(IReadOnlyList<Tensor> clips)
    {
        var most = Enumerable.Range(1, 3).Select(axis => clips.Max(clip => clip.shape[axis])).ToArray();
        return stack([.. clips.Select(clip => nn.functional.pad(
            clip, [0, most[2] - clip.shape[3], 0, most[1] - clip.shape[2], 0, most[0] - clip.shape[1]]))]);
    }

    private IEnumerable<DataNote> TextProblems()
    {
        var silent = videos.Captions.Select((captions, video) => captions is [null] ? videos.PathOf(video) : null);
        return CaptionFile.Problems(silent.OfType<string>()).Select(problem => new DataNote(problem, IsWarning: true));
    }

    private string FingerprintOf()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(videos.Fingerprint));
        foreach (var (example, captions) in rows.Zip(CaptionLists))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{videos.Names[example[0].Video]}\0{string.Join('\0', captions)}\0"));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}

/// <summary>Random latents with captions, for measuring training speed.</summary>
/// <param name="codes">Number of codes to draw tokens from; <c>null</c> for latents.</param>
internal sealed class SyntheticLatents(CodecTraits? codec, LatentShape shape, int images, IReadOnlyList<string> captions, int? codes = null)
    : IExamples<LatentBatch>
{
    public int Count => 64;
    public string Fingerprint => "";
    public IReadOnlyList<string?> Captions => captions;

    public LatentBatch Get(ReadOnlySpan<SampledExample> visits, Device device)
    {
        var names = visits.ToArray().Select(visit => $"{visit.Index}").ToList();
        long[] size = [visits.Length, shape.Channels, shape.Frames + images, shape.Height, shape.Width];
        var latents = (codes is int below ? randint(0, below, size, ScalarType.Int64) : randn(size, ScalarType.Float32)).to(device);
        string?[] texts = [.. visits.ToArray().Select(visit => captions[visit.Index % captions.Count])];
        return new LatentBatch(latents, texts, names) { Codec = codec, Images = images };
    }

    public void Dispose()
    {
    }
}
