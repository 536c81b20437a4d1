using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Text;

public sealed class EmbeddingCacheTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly TemporaryFolder folder = new();
    private readonly List<IReadOnlyList<string>> batches = [];
    private int opened;
    private int closed;

    private List<string> Encoded => [.. batches.SelectMany(batch => batch)];

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Steps_never_call_the_encoder_after_the_captions_are_encoded()
    {
        using var cache = Cache();
        Assert.Null(cache.Prepare(["a red circle", "a blue square", null, "a red circle"], folder.Path, null, default));
        Assert.Equal(["", "a red circle", "a blue square"], Encoded);
        Assert.Equal((1, 1), (opened, closed));

        for (var step = 0; step < 100; step++)
        {
            Assert.True(cache.Encode([.. Texts("a blue square", "a red circle"), WeightedText.Literal(null)])
                .allclose(Direct("a blue square", "a red circle", ""), 1e-6, 1e-6));
        }

        Assert.Equal(3, Encoded.Count);
        Assert.Equal((1, 1), (opened, closed));
    }

    [Fact]
    public void States_of_texts_with_weights_are_not_kept()
    {
        using var cache = Cache();
        var text = WeightedText.Parse("a (red:2) circle");
        Assert.True(cache.States([text]).Values.allclose(cache.States([text]).Values));
        Assert.Equal(["a red circle", "a red circle"], Encoded);
    }

    [Fact]
    public void Next_start_reads_the_file_and_encodes_only_new_captions()
    {
        string[] first = ["one", "two", "three"], second = ["two", "four", "one"];
        using (var cache = Cache())
        {
            cache.Prepare(first, folder.Path, null, default);
        }

        using (var cache = Cache())
        {
            cache.Prepare(first, folder.Path, null, default);
            Assert.Equal(3, Encoded.Count);
            Assert.True(cache.Encode(Texts(first)).allclose(Direct(first), 1e-6, 1e-6));
        }

        using (var cache = Cache())
        {
            cache.Prepare(second, folder.Path, null, default);
            Assert.Equal(["four"], Encoded.Skip(3));
            Assert.True(cache.Encode(Texts(second)).allclose(Direct(second), 1e-6, 1e-6));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Damaged_file_is_replaced(bool cut)
    {
        using (var cache = Cache())
        {
            cache.Prepare(["one", "two"], folder.Path, null, default);
        }

        var path = Assert.Single(Directory.GetFiles(folder.Path));
        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, cut ? bytes[..^1] : bytes);
        using (var cache = Cache())
        {
            cache.Prepare(["one", "two"], folder.Path, null, default);
            Assert.Equal(4, Encoded.Count);
            Assert.True(cache.Encode(Texts("one")).allclose(Direct("one"), 1e-6, 1e-6));
        }

        using var third = Cache();
        third.Prepare(["one", "two"], folder.Path, null, default);
        Assert.Equal(4, Encoded.Count);
    }

    [Fact]
    public void Each_encoder_has_its_own_file()
    {
        using (var cache = Cache())
        {
            cache.Prepare(["one"], folder.Path, null, default);
        }

        using var other = Cache("other");
        other.Prepare(["one"], folder.Path, null, default);
        Assert.Equal(["one", "one"], Encoded);
        Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
    }

    [Fact]
    public void Unwritable_folder_is_a_message_instead_of_an_error()
    {
        File.WriteAllText(folder.File("blocked"), "");
        using var cache = Cache();
        Assert.Contains("encodes the captions again", cache.Prepare(["one"], folder.File("blocked"), null, default), StringComparison.Ordinal);
        Assert.True(cache.Encode(Texts("one")).allclose(Direct("one"), 1e-6, 1e-6));
    }

    [Fact]
    public void Texts_encoded_before_a_cancellation_are_kept()
    {
        var captions = Enumerable.Range(0, 200).Select(i => $"caption {i}").ToArray();
        using var stop = new CancellationTokenSource();
        using (var cache = Cache())
        {
            Assert.Throws<OperationCanceledException>(() => cache.Prepare(captions, folder.Path, new ImmediateProgress<ItemProgress>(_ => stop.Cancel()), stop.Token));
        }

        var before = Encoded.Count;
        Assert.InRange(before, 1, 199);
        using var again = Cache();
        again.Prepare(captions, folder.Path, null, default);
        Assert.Equal(200, Encoded.Count);
        Assert.Equal(200, Encoded.Distinct().Count());
    }

    [Fact]
    public void Texts_are_encoded_in_bounded_batches_of_similar_length_with_progress()
    {
        var captions = Enumerable.Range(0, 300).Select(i => new string('x', 1 + (i * 37 % 300))).Append(new string('y', 9000)).ToArray();
        var done = new List<int>();
        using var cache = Cache();
        cache.Prepare(captions, folder.Path, new ImmediateProgress<ItemProgress>(report => done.Add(report.Done)), default);
        Assert.Equal(captions.Distinct().Count(), done[^1]);
        Assert.Equal(done.Zip(done.Prepend(0), (now, before) => now - before), batches.Select(batch => batch.Count));
        Assert.All(batches, batch => Assert.True(batch.Count == 1 || (batch.Count <= 64 && batch.Count * batch.Max(text => text.Length) <= 8192)));
        Assert.Equal(Encoded.Select(text => text.Length).Order(), Encoded.Select(text => text.Length));
    }

    [Fact]
    public void Session_encodes_each_prompt_once_including_weights()
    {
        using var cache = Cache();
        string[] prompts = ["a red circle", "a (red:1.4) circle", "a (red:1) circle", "a (red:1.40) circle"];
        for (var i = 0; i < 3; i++)
        {
            foreach (var prompt in prompts)
            {
                cache.Encode([WeightedText.Parse(prompt)]);
            }
        }

        Assert.Equal(2, Encoded.Count);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void States_of_a_text_are_computed_once_and_padded_in_batches()
    {
        using var cache = Cache();
        cache.States(Texts("ab"));
        var states = cache.States(Texts("abc", "ab", "abc"));
        Assert.Equal([["ab"], ["abc"]], batches);
        Assert.Equal([3, 3, 4], states.Values.shape);
        Assert.Equal([3L, 2L, 3L], states.Unpad().Select(state => state.shape[0]));
        Assert.Equal([97f, 98f], states.Unpad()[1].select(1, 0).data<float>().ToArray());
    }

    /// <summary>A resumed run encodes the captions in other batches than an uninterrupted one.</summary>
    [Fact]
    public void Vectors_and_states_do_not_depend_on_the_other_texts_of_a_batch()
    {
        using var cache = Cache();
        cache.Encode(Texts("a red circle", "red", "red"));
        cache.States(Texts("a blue square", "blue", "blue"));
        Assert.Equal([["red"], ["a red circle"], ["a blue square"], ["blue"]], batches);
    }

    private EmbeddingCache Cache(string fingerprint = "first") => new(
        () =>
        {
            opened++;
            return new Counting(this, fingerprint);
        },
        CPU);

    private static List<WeightedText> Texts(params string[] texts) => [.. texts.Select(WeightedText.Literal)];

    private static Tensor Direct(params string[] texts) => stack([.. texts.Select(text => UNetGolden.Noise(text.Sum(c => c), 4))]);

    private sealed class Counting(EmbeddingCacheTests test, string fingerprint) : IFrozenTextEncoder
    {
        public string Fingerprint => fingerprint;

        public int Width => 4;

        public IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

        public int CountTokens(string text) => throw new NotSupportedException();

        public IReadOnlyList<string> UnknownWords(string text) => [];

        public Tensor Encode(IReadOnlyList<WeightedText> texts)
        {
            test.batches.Add([.. texts.Select(text => text.Text)]);
            return Direct([.. texts.Select(text => text.Text)]);
        }

        /// <summary>Makes one token of each letter, with its character code.</summary>
        public TextStates States(IReadOnlyList<WeightedText> texts)
        {
            test.batches.Add([.. texts.Select(text => text.Text)]);
            return TextStates.Pad([.. texts.Select(text => stack([.. text.Text.Select(letter => ones([4]) * letter)]))]);
        }

        public void Dispose() => test.closed++;
    }
}
