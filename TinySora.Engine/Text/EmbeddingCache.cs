using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Text;

/// <summary>
/// Encodes every distinct text once. The frozen encoder (0.4 GB for BERT) is unloaded after a run's captions are encoded, and loaded again for any other text.
/// Such other texts are encoded one by one: padding to the length of a longer text would change vectors slightly because of rounding, but a resumed run, which
/// encodes them in other batches, must equal an uninterrupted one.
/// </summary>
public sealed class EmbeddingCache : ITextEncoder, IDisposable
{
    /// <summary>
    /// Maximum number of texts per batch, followed by the maximum number of characters. Both numbers limit memory use and the time between progress reports.
    /// </summary>
    private const int BatchTexts = 64;
    private const int BatchCharacters = 8192;

    /// <summary>Maximum size in bytes of cached token vectors; a text has one vector per token.</summary>
    private const long MaxStateBytes = 1L << 30;

    private readonly Func<IFrozenTextEncoder> open;
    private readonly string fingerprint;
    private readonly Dictionary<WeightedText, int> rows = [];
    private readonly Dictionary<WeightedText, Tensor> states = [];
    private long stateBytes;
    private IFrozenTextEncoder? encoder;
    private Tensor vectors; // (N, Width)

    /// <param name="open">Function that opens the encoder, which must be the same one every time.</param>
    public EmbeddingCache(Func<IFrozenTextEncoder> open, Device device)
    {
        this.open = open;
        encoder = open();
        (fingerprint, Width, Metadata) = (encoder.Fingerprint, encoder.Width, encoder.Metadata);
        vectors = zeros([0, Width], ScalarType.Float32, device).DetachFromDisposeScope();
    }

    public int Width { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    public IReadOnlyList<string> UnknownWords(string text) => [];

    public Tensor Encode(IReadOnlyList<WeightedText> texts)
    {
        Add(texts, batchTexts: 1, null, default);
        using var indices = tensor(texts.Select(text => (long)rows[text]).ToArray()).to(vectors.device);
        return vectors.index_select(0, indices);
    }

    public TextStates States(IReadOnlyList<WeightedText> texts)
    {
        if (texts.Any(text => text.HasWeights))
        {
            return (encoder ??= open()).States(texts);
        }

        var missing = texts.Where(text => !states.ContainsKey(text)).Distinct().ToList();
        if (stateBytes > MaxStateBytes)
        {
            ForgetStates();
            missing = [.. texts.Distinct()];
        }

        if (missing.Count > 0)
        {
            using var scope = NewDisposeScope();
            foreach (var text in missing)
            {
                var state = (encoder ??= open()).States([text]).Unpad()[0];
                states[text] = state.clone().DetachFromDisposeScope();
                stateBytes += state.numel() * sizeof(float);
            }
        }

        return TextStates.Pad([.. texts.Select(text => states[text])]);
    }

    public int CountTokens(string text) => (encoder ??= open()).CountTokens(text);

    /// <summary>
    /// Prepares the vectors of all captions, by reading them from the file of an earlier run or encoding them, then unloads the encoder. Must be called before
    /// any other text is encoded.
    /// </summary>
    /// <param name="folder">Folder of the file.</param>
    /// <returns>Reason why the file could not be written; <c>null</c> if it was written.</returns>
    /// <exception cref="OperationCanceledException">The texts encoded so far are in the file.</exception>
    public string? Prepare(
        IEnumerable<string?> captions, string folder, IProgress<ItemProgress>? progress, CancellationToken cancellation)
    {
        var path = Path.Combine(folder, $"text-{fingerprint}.safetensors");
        var texts = captions.Select(caption => caption ?? "").Distinct().ToList(); // clips without a caption have the empty text
        using var scope = NewDisposeScope();
        var (known, stored) = EmbeddingFile.Read(path, texts, Width);
        Append(known.Select(WeightedText.Literal), [stored.to(vectors.device)]);
        string? note = null;
        try
        {
            Add(texts.Select(WeightedText.Literal), BatchTexts, progress, cancellation);
        }
        finally
        {
            note = rows.Count > known.Count ? Write(path, texts) : null;
        }

        DisposeEncoder();
        return note;
    }

    public void Dispose()
    {
        DisposeEncoder();
        ForgetStates();
        vectors.Dispose();
    }

    private void ForgetStates()
    {
        foreach (var state in states.Values)
        {
            state.Dispose();
        }

        states.Clear();
        stateBytes = 0;
    }

    private void DisposeEncoder()
    {
        encoder?.Dispose();
        encoder = null;
    }

    /// <summary>Encodes new texts in batches of similar length.</summary>
    /// <param name="batchTexts">Maximum number of texts per batch.</param>
    private void Add(IEnumerable<WeightedText> texts, int batchTexts, IProgress<ItemProgress>? progress, CancellationToken cancellation)
    {
        var missing = texts.Where(text => !rows.ContainsKey(text)).Distinct().OrderBy(text => text.Text.Length).ToList();
        if (missing.Count == 0)
        {
            return;
        }

        using var scope = NewDisposeScope();
        var encoded = new List<Tensor>();
        var done = 0;
        try
        {
            while (done < missing.Count)
            {
                cancellation.ThrowIfCancellationRequested();
                var batch = missing.Skip(done).Take(batchTexts)
                    .TakeWhile((text, i) => i == 0 || (i + 1) * text.Text.Length <= BatchCharacters).ToList();
                encoded.Add((encoder ??= open()).Encode(batch));
                done += batch.Count;
                progress?.Report(new ItemProgress(done, missing.Count, batch[^1].Text));
            }
        }
        finally
        {
            Append(missing.Take(done), encoded);
        }
    }

    private void Append(IEnumerable<WeightedText> texts, IEnumerable<Tensor> more)
    {
        foreach (var text in texts)
        {
            rows.Add(text, rows.Count);
        }

        var joined = cat([vectors, .. more]).DetachFromDisposeScope();
        vectors.Dispose();
        vectors = joined;
    }

    private string? Write(string path, IEnumerable<string> captions)
    {
        var texts = captions.Where(text => rows.ContainsKey(WeightedText.Literal(text))).ToList();
        var indices = tensor(texts.Select(text => (long)rows[WeightedText.Literal(text)]).ToArray()).to(vectors.device);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            EmbeddingFile.Write(path, texts, vectors.index_select(0, indices));
            return null;
        }
        catch (Exception e) when (FileFailure.Is(e) || e is TinySoraException)
        {
            return $"The caption vectors cannot be saved, so the next run encodes the captions again: {e.Message}";
        }
    }
}
