using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Families.TokenModel.Networks;
using TinySora.Engine.Families.TokenModel.Schemes;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.TokenModel;

/// <summary>The inputs of networks in training and sampling, recorded by a spy network.</summary>
public sealed class TokenSchemeTests
{
    private const int Codes = 30;

    private static readonly TokenShape Shape = new(2, 3, 4);

    /// <summary>Clips of tokens; in the first clip, each token is its position.</summary>
    private static Tensor Clips => stack([arange(24, ScalarType.Int64), zeros(24, ScalarType.Int64)]).view(2, 2, 3, 4);

    [Fact]
    public void Window_is_a_section_of_a_clip_after_a_start_token()
    {
        using var scope = NewDisposeScope();
        var spy = new Spy();
        var scheme = Scheme(new() { BlockSize = 10 }, spy);
        using var generator = new Generator(1);
        var starts = new HashSet<long>();
        for (var i = 0; i < 200; i++)
        {
            scheme.Loss(Clips, null, 0, generator, null);
            var window = Rows((Tensor)spy.Seen[^1].Tokens)[0];
            Assert.Equal(10, window.Length);
            Assert.Equal(window[0] == Codes ? 0 : window[0] + 1, window[1]);
            Assert.All(window.Skip(2).Zip(window.Skip(1)), pair => Assert.Equal(pair.Second + 1, pair.First));
            starts.Add(window[1]);
        }

        Assert.Equal(Enumerable.Range(0, 15).Select(start => (long)start), starts.Order()); // including the last window
    }

    [Fact]
    public void Clip_shorter_than_the_block_is_used_whole()
    {
        using var scope = NewDisposeScope();
        var spy = new Spy();
        using var generator = new Generator(1);
        Scheme(new() { BlockSize = 100 }, spy).Loss(Clips, null, 0, generator, null);
        Assert.Equal([Codes, .. Enumerable.Range(0, 23)], Rows((Tensor)spy.Seen[0].Tokens)[0]);
    }

    [Fact]
    public void Sparse_window_keeps_older_tokens_by_the_stride()
    {
        using var scope = NewDisposeScope();
        var config = new TokenNetworkConfig { BlockSize = 12, SparseContextWindow = true, ContextStride = 3, ContextStrideStart = 4 };
        var spy = new Spy();
        using var generator = new Generator(1);
        Scheme(config, spy).Loss(Clips, null, 0, generator, null);
        var window = Rows((Tensor)spy.Seen[0].Tokens)[0];
        var first = window[1] - 3; // position 0 may be the start token
        Assert.Equal([first + 3, first + 6, first + 8, first + 9, first + 10, first + 11], window.Skip(1));
    }

    /// <summary>The published training continues the cycle from micro-batch to micro-batch; here with frames of twelve tokens and windows of eight.</summary>
    [Fact]
    public void Only_the_last_token_is_predicted_and_its_position_cycles_through_a_common_frame()
    {
        using var scope = NewDisposeScope();
        var config = new TokenNetworkConfig { Architecture = TokenModelKind.MdGpt, Use1dPosEmb = true, OnlyPredictLast = true, BlockSize = 8 };
        var spy = new Spy();
        using var generator = new Generator(1);
        var clips = arange(24, ScalarType.Int64).view(1, 2, 3, 4).repeat(2, 1, 1, 1); // tokens are their positions
        var frames = new List<long>();
        for (var number = 0; number < 20 * 12; number++)
        {
            Scheme(config, spy).Loss(clips, null, number, generator, null);
            var (seen, windows) = (number % 12, Rows((Tensor)spy.Seen[^1].Tokens));
            Assert.Equal(windows[0], windows[1]);
            Assert.Null(spy.Seen[^1].Context);
            if (seen == 0)
            {
                Assert.Equal([Codes], windows[0]); // the first token of any frame
                continue;
            }

            var before = windows[0][^1] + 1;
            Assert.Equal(seen, before % 12);
            frames.Add(before / 12);
            Assert.Equal(frames[^1], frames[^Math.Min(seen, frames.Count)]); // constant during a cycle
            var window = Enumerable.Range(0, 8).Select(i => before - 8 + i).Where(place => place >= (frames[^1] * 12) - 1);
            Assert.Equal(window.Select(place => place < 0 ? Codes : place), windows[0]);
        }

        Assert.All(frames.Take(11), frame => Assert.Equal(0, frame));
        Assert.Equal([0, 1], frames.Distinct().Order());
    }

    /// <summary>The published training leaves out as many frames as a window covers.</summary>
    [Fact]
    public void Clips_do_not_start_at_frames_that_a_window_would_exceed()
    {
        using var scope = NewDisposeScope();
        var config = new TokenNetworkConfig { Architecture = TokenModelKind.MdGpt, Use1dPosEmb = true, OnlyPredictLast = true, BlockSize = 12 };
        var spy = new Spy();
        using var generator = new Generator(1);
        for (var round = 0; round < 20; round++)
        {
            Scheme(config, spy).Loss(Clips, null, (round * 12) + 1, generator, null);
            Assert.Equal([Codes, 0], Rows((Tensor)spy.Seen[^1].Tokens)[0]); // two frames, minus the one that a window covers
        }
    }

    [Theory]
    [InlineData(ContextType.PrevFrame)]
    [InlineData(ContextType.PrevRow)]
    [InlineData(ContextType.SameFrame)]
    public void Training_and_sampling_use_the_same_context_at_the_same_positions(ContextType type)
    {
        using var scope = NewDisposeScope();
        var config = new TokenNetworkConfig { Architecture = TokenModelKind.MdGpt, ContextType = type, SparseBlockSize = 5 };
        var spy = new Spy();
        var scheme = Scheme(config, spy);
        using var generator = new Generator(1);
        var contexts = new Dictionary<string, string>();
        for (var i = 0; i < 100; i++)
        {
            scheme.Loss(Clips, null, 0, generator, null);
            var seen = spy.Seen[^1];
            Assert.NotNull(seen.Context);
            Check(seen, type);
        }

        spy.Seen.Clear();
        using var chances = new ClipRandom([1, 2], CPU);
        var guided = new GuidedNetwork(spy, null, null, 1, CPU);
        scheme.Sample(guided, Shape, new TokenSampler(1, null, null, 0), chances, null, 1, null, CancellationToken.None);
        Assert.Equal(24, spy.Seen.Count);
        Assert.Equal(type == ContextType.PrevFrame ? 2 : 6, spy.Seen.Count(seen => seen.Context is not null));
        Assert.All(spy.Seen, seen => Assert.Equal(1, seen.Tokens.shape[1]));
        Assert.Equal(Enumerable.Range(0, 24), spy.Seen.Select(seen => Place((Tensor)seen.Positions!, 0)));
    }

    [Fact]
    public void Sampling_reads_each_token_once_until_the_block_is_full_and_then_rereads_the_window()
    {
        using var scope = NewDisposeScope();
        var spy = new Spy();
        var scheme = Scheme(new() { BlockSize = 10, SampleStride = 4 }, spy);
        using var chances = new ClipRandom([1], CPU);
        scheme.Sample(new GuidedNetwork(spy, null, null, 1, CPU), Shape, new TokenSampler(1, null, null, 0), chances, null, 1, null, CancellationToken.None);
        var lengths = spy.Seen.Select(seen => (int)seen.Tokens.shape[1]);
        Assert.Equal([.. Enumerable.Repeat(1, 10), 7, 1, 1, 1, 7, 1, 1, 1, 7, 1, 1, 1, 7, 1], lengths);
    }

    /// <summary>The network must read each given token once; those after them are drawn.</summary>
    [Theory]
    [InlineData("", 24)]
    [InlineData("sparse", 19)]
    [InlineData("frames", 24)]
    [InlineData("rows", 20)]
    public void Given_tokens_are_kept_and_read_and_the_rest_is_drawn(string kind, int passes)
    {
        using var scope = NewDisposeScope();
        var spy = new Spy();
        var scheme = Scheme(
            kind switch
            {
                "sparse" => new() { BlockSize = 12, SparseContextWindow = true },
                "frames" => new() { Architecture = TokenModelKind.MdGpt },
                "rows" => new() { Architecture = TokenModelKind.MdGpt, ContextType = ContextType.PrevRow },
                _ => new() { BlockSize = 100 },
            },
            spy);
        using var chances = new ClipRandom([1, 2], CPU);
        var given = tensor(new long[] { 7, 3, 9, 1, 5 }).unsqueeze(0);
        var drawn = Rows(scheme.Sample(
            new GuidedNetwork(spy, null, null, 1, CPU), Shape, new TokenSampler(1, null, null, 0), chances, given, 1, null, CancellationToken.None).flatten(1));
        Assert.All(drawn, clip => Assert.Equal([7, 3, 9, 1, 5], clip.Take(5)));
        Assert.NotEqual(drawn[0].Skip(5), drawn[1].Skip(5));
        Assert.Equal(passes, spy.Seen.Count);
        Assert.Contains(spy.Seen, seen => Rows((Tensor)seen.Tokens)[0].Contains(5L));
    }

    [Fact]
    public void Masked_sampling_keeps_given_tokens_and_uncovers_the_others()
    {
        using var scope = NewDisposeScope();
        var spy = new Spy();
        using var chances = new ClipRandom([1], CPU);
        var tokens = Scheme(new() { Architecture = TokenModelKind.Masked }, spy).Sample(
            new GuidedNetwork(spy, null, null, 1, CPU), Shape, new TokenSampler(1, null, null, 4.5), chances, arange(12, ScalarType.Int64).unsqueeze(0), 6, null,
            CancellationToken.None);
        Assert.Equal(Enumerable.Range(0, 12).Select(token => (long)token), Rows(tokens.flatten(1))[0].Take(12));
        Assert.Equal([12, 11, 10, 8, 6, 3], spy.Seen.Select(seen => Rows((Tensor)seen.Tokens)[0].Count(token => token == Codes))); // 12 cos(pi i / 12)
        Assert.Equal(0, tokens.ge(Codes).sum().item<long>());
    }

    [Fact]
    public void Masked_training_hides_a_random_share_and_predicts_only_hidden_tokens()
    {
        using var scope = NewDisposeScope();
        var spy = new Spy();
        var scheme = Scheme(new() { Architecture = TokenModelKind.Masked }, spy);
        using var generator = new Generator(1);
        var counts = new List<int>();
        for (var i = 0; i < 300; i++)
        {
            scheme.Loss(Clips, null, 0, generator, null);
            var row = Rows((Tensor)spy.Seen[^1].Tokens)[0];
            Assert.All(row.Select((token, place) => (token, place)), item => Assert.True(item.token == Codes || item.token == item.place));
            counts.Add(row.Count(token => token == Codes));
        }

        Assert.Equal((1, 24), (counts.Min(), counts.Max()));
        Assert.InRange(counts.Average(), 24 * 0.58, 24 * 0.69); // the mean of the cosine is 2 / pi
    }

    [Fact]
    public void Masked_sampling_uncovers_more_tokens_in_each_step_and_all_in_the_last()
    {
        using var scope = NewDisposeScope();
        var spy = new Spy();
        var scheme = Scheme(new() { Architecture = TokenModelKind.Masked }, spy);
        using var chances = new ClipRandom([1], CPU);
        var tokens = scheme.Sample(
            new GuidedNetwork(spy, null, null, 1, CPU), Shape, new TokenSampler(1, null, null, 4.5), chances, null, 6, null, CancellationToken.None);
        var hidden = spy.Seen.Select(seen => Rows((Tensor)seen.Tokens)[0].Count(token => token == Codes)).ToList();
        Assert.Equal([24, 23, 20, 16, 12, 6], hidden); // 24 cos(pi i / 12), rounded down
        Assert.Equal(0, tokens.ge(Codes).sum().item<long>());
    }

    private static TokenScheme Scheme(TokenNetworkConfig config, TokenNetwork network) => TokenScheme.Create(config, network, Codes, Shape);

    private static long[][] Rows(Tensor tokens) => [.. Enumerable.Range(0, (int)tokens.shape[0]).Select(row => tokens[row].data<long>().ToArray())];

    /// <summary>Returns the index in a clip of a row's first position.</summary>
    private static int Place(Tensor positions, int index)
    {
        var place = positions[0][index].data<long>().ToArray();
        return (int)((place[0] * 12) + (place[1] * 4) + place[2]);
    }

    private static void Check(TokenInput seen, ContextType type)
    {
        var place = Place((Tensor)seen.Positions!, 0); // position of the first predicted token
        var tokens = Rows((Tensor)seen.Tokens)[0];
        var context = Rows((Tensor)seen.Context!)[0];
        Assert.Equal(place, tokens[0] == Codes ? place : tokens[0] + 1);
        Assert.Equal(Enumerable.Range(place + 1, tokens.Length - 1), Enumerable.Range(1, tokens.Length - 1).Select(i => Place((Tensor)seen.Positions!, i)));
        var (frame, row) = (place / 12, place % 12 / 4);
        long[] expected = type switch
        {
            ContextType.PrevFrame => [.. Enumerable.Range(0, 12).Select(i => frame == 0 ? 0L : i)],
            ContextType.PrevRow => [.. Enumerable.Range(0, 4).Select(i => row == 0 ? 0L : place - 4 + i)],
            _ => [.. Enumerable.Range(0, 12).Select(i => i < row * 4 ? (frame * 12L) + i : 0)],
        };
        Assert.Equal(expected, context);
    }

    /// <summary>A network that records its inputs and predicts all tokens with equal probability.</summary>
    private sealed class Spy() : TokenNetwork(nameof(Spy), new() { NEmbd = 2 }, Codes + 4)
    {
        public List<TokenInput> Seen { get; } = [];

        public override AnyTensor Features(TokenInput input)
        {
            Seen.Add(input with
            {
                Tokens = input.Tokens.Eager!.clone().DetachFromDisposeScope(), Positions = input.Positions?.Eager!.clone().DetachFromDisposeScope(),
                Context = input.Context?.Eager!.clone().DetachFromDisposeScope(),
            });
            input.State?.Advance(input.Tokens.shape[1]);
            return zeros([input.Tokens.shape[0], input.Tokens.shape[1], 2], ScalarType.Float32);
        }

    }
}
