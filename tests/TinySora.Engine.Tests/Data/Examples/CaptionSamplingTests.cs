using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Configuration;
using TinySora.Engine.Tests.Families;
using TinySora.Engine.Training;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Data.Examples;

public sealed class CaptionSamplingTests : VideoRuns
{
    private static readonly CaptionSampling Drawn = new() { IsDrawn = true };

    [Fact]
    public void Every_caption_is_drawn_equally_often_and_the_same_visit_draws_the_same_one()
    {
        var drawn = Visits(3000).Select(visit => Drawn.Take(["a", "b", "c"], visit)).ToList();

        Assert.All(drawn.CountBy(caption => caption.Index), count => Assert.InRange(count.Value, 900, 1100));
        Assert.All(drawn, caption => Assert.Equal(new[] { "a", "b", "c" }[caption.Index], caption.Text));
        Assert.Equal(drawn, Visits(3000).Select(visit => Drawn.Take(["a", "b", "c"], visit)));
    }

    [Fact]
    public void Each_word_is_dropped_with_its_probability_and_the_rest_keeps_its_order()
    {
        var sampling = new CaptionSampling { WordDropProb = 0.3 };

        var texts = Visits(4000).Select(visit => sampling.Take(["Red circle, moving left"], visit).Text!.Split(' ')).ToList();

        string[] words = ["red", "circle", ",", "moving", "left"];
        Assert.All(words, word => Assert.InRange(texts.Count(text => text.Contains(word)), 0.68 * 4000, 0.72 * 4000));
        Assert.All(texts, text => Assert.Equal(words.Where(text.Contains), text));
        Assert.True(texts.Select(text => string.Join(' ', text)).Distinct().Count() > 25);
    }

    [Fact]
    public void At_least_one_word_remains()
    {
        var sampling = new CaptionSampling { WordDropProb = 0.9 };

        var texts = Visits(1000).Select(visit => sampling.Take(["red circle"], visit).Text).ToList();

        Assert.Equal(["circle", "red", "red circle"], texts.Distinct().Order(StringComparer.Ordinal));
        Assert.InRange(texts.Count(text => text == "red"), 420, 580);
        Assert.All(Visits(50), visit => Assert.Equal("cat", sampling.Take(["cat"], visit).Text));
        Assert.All(Visits(50), visit => Assert.Null(sampling.Take([null], visit).Text));
    }

    [Fact]
    public void Validation_uses_the_whole_first_caption() =>
        Assert.Equal((0, "A red circle."), new CaptionSampling { IsDrawn = true, WordDropProb = 0.9 }.Take(["A red circle.", "other"], new(0, 0)));

    [Fact]
    public void Clip_with_drawn_captions_is_one_example_with_all_of_them()
    {
        Write("a.gif", ["a red thing", "something red"]);
        Write("b.gif", []);
        using var all = Open(new());
        using var drawn = Open(Drawn);

        Assert.Equal((3, 2), (all.Count, drawn.Count));
        Assert.Equal((3, 2), (Count(new()), Count(Drawn)));
        Assert.Equal(["a red thing", null], drawn.Captions);
        Assert.Equal(["a red thing", "something red", null], ((IExamples)drawn).AllCaptions);
        Assert.Equal(["a red thing", "something red"], Enumerable.Range(1, 20).Select(bits => CaptionOf(drawn, 0, bits)).Distinct().Order());
        Assert.Equal("something red", CaptionOf(all, 1, 5));
        var before = drawn.Fingerprint;
        Write("a.gif", ["a red thing", "something green"]);
        using var changed = Open(Drawn);
        Assert.NotEqual(before, changed.Fingerprint);

        static string? CaptionOf(ClipExamples data, int index, int bits)
        {
            using var batch = data.Get([new(index, (ulong)bits)], CPU);
            return batch.Captions[0];
        }
    }

    [Fact]
    public void Data_with_one_caption_per_clip_is_the_same_whether_captions_are_drawn_or_not()
    {
        Write("a.gif", ["a red thing"]);
        using var all = Open(new());
        using var drawn = Open(Drawn);

        Assert.Equal(all.Fingerprint, drawn.Fingerprint);
    }

    [Fact]
    public void Processes_draw_the_captions_that_one_process_draws()
    {
        Write("a.gif", ["one two three", "four five six"]);
        Write("b.gif", ["seven eight nine", "ten eleven twelve"]);
        using var data = Open(Drawn with { WordDropProb = 0.4 });
        var batches = new BatchSequence(data, 5, 3, CPU);
        var seen = new HashSet<string>();
        for (var number = 0; number < 20; number++)
        {
            using var whole = (ClipBatch)batches.Load(number);
            using var first = (ClipBatch)batches.Load(number, new BatchShare(0, 2, 5, _ => { }));
            using var second = (ClipBatch)batches.Load(number, new BatchShare(2, 3, 5, _ => { }));
            Assert.Equal(whole.Captions, first.Captions.Concat(second.Captions));
            seen.UnionWith(whole.Captions!);
        }

        Assert.True(seen.Count > 10);
    }

    [Theory]
    [InlineData("pixel-unet")]
    [InlineData("latent-transformer")]
    [InlineData("token-model")]
    public void Resumed_run_draws_the_captions_and_words_of_an_uninterrupted_one(string family)
    {
        foreach (var clip in Directory.GetFiles(folder.File("data"), "*.gif", SearchOption.AllDirectories))
        {
            CaptionFile.Write(clip, [.. CaptionFile.ReadAll(clip), "another caption of this clip"]);
        }

        if (family == "token-model")
        {
            Run("codec1", ConfigFile.Parse(KeyEffects.TokenCodec, "codec"), 1);
        }

        var text = KeyEffects.Base(family).Replace("~", folder.Path, StringComparison.Ordinal);
        var config = ConfigFile.Parse(text, family);
        config = config with { Trainer = config.Trainer with { Captions = CaptionUse.Drawn, WordDropProb = 0.3, SampleEvery = 0, ValidateEvery = 0 } };
        Run("whole", config, 5);
        Run("parts", config, 2);
        Run("parts", config, 5);
        Run("other", config with { Trainer = config.Trainer with { WordDropProb = 0.1 } }, 5);

        var whole = Tensors("whole");
        var (parts, other) = (Tensors("parts"), Tensors("other"));
        Assert.All(whole, tensor => Assert.Equal(tensor.Value, parts[tensor.Key]));
        Assert.Contains(whole, tensor => !tensor.Value.SequenceEqual(other[tensor.Key]));
    }

    private static SampledExample[] Visits(int count) => [.. Enumerable.Range(0, count).Select(i => new SampledExample(0, SplitMix64.Mix(7, i)))];

    private static ClipRequirements Needs(CaptionSampling captions) => new(new ClipShape(3, 2, 8), new ClipKeys("h", "w", "f")) { Captions = captions };

    private ClipExamples Open(CaptionSampling captions) => ClipExamples.Open(folder.File("clips"), Needs(captions), null, CancellationToken.None);

    private int Count(CaptionSampling captions) => ClipDataset.CountIn(folder.File("clips"), Needs(captions));

    private void Write(string name, IReadOnlyList<string> captions)
    {
        Directory.CreateDirectory(folder.File("clips"));
        ClipFile.Write(folder.File("clips", name), Clip.Black(2, 8, 8, 3));
        CaptionFile.Write(folder.File("clips", name), captions);
    }
}
