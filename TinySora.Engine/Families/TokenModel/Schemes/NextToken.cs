using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Data;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Families.TokenModel.Networks;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel.Schemes;

/// <summary>
/// Predicts each token in a clip from the previous tokens, starting with a special token (nanoGPT, Mamba, and mdGPT with <c>only_predict_last</c>).
/// </summary>
internal sealed class NextToken(TokenNetworkConfig config, TokenNetwork network, int codes, TokenShape shape) : TokenScheme(config, network, codes, shape)
{
    /// <summary>Maximum number of input tokens; <c>null</c> if there is no limit.</summary>
    private int? Longest => Config.Architecture == TokenModelKind.Mamba ? null : Config.BlockSize;

    public override (int Tokens, int Context) Lengths => (Math.Min(Longest ?? Shape.Count, Shape.Count), 0);

    public override string LoopDescription =>
        "'sequence' contains the token 'special', followed by the codes drawn so far in the order of frame, row and column; its remaining values have no "
        + "effect. The logits at the position of the last code are those of the next code. If a clip has more codes than the sequence, pass its last codes.";

    public override Tensor Loss(Tensor clips, Tensor? text, long? number, BatchRandom random, BatchRandom? chance)
    {
        var sequence = PrependStart(clips.flatten(1));
        if (Config.Architecture == TokenModelKind.MdGpt)
        {
            return LossOfLast(sequence, text, number, random, chance);
        }

        var tokens = (int)sequence.shape[1] - 1;
        var length = Math.Min(Config.BlockSize, tokens);
        var window = sequence.gather(1, Draw(tokens - length + 1, clips, random) + arange(length + 1, device: clips.device));
        var (x, y) = (window.narrow(1, 0, length), window.narrow(1, 1, length));
        if (Config.SparseContextWindow)
        {
            var places = Places(length, clips.device);
            (x, y) = (x.index_select(1, places), y.index_select(1, places));
        }

        return LossOf(Network.forward(new(x) { Text = text, Chance = chance }), y);
    }

    public override Tensor Sample(
        GuidedNetwork guided, TokenShape shape, TokenSampler choice, ClipRandom chances, Tensor? given, int steps, IProgress<int>? done,
        CancellationToken cancellation)
    {
        var sequence = full([chances.Count, shape.Count + 1], SpecialToken, ScalarType.Int64, guided.Device);
        var known = FillPrefix(sequence.narrow(1, 1, shape.Count), given);
        using var window = new Window(this, guided, sequence);
        for (var i = 0; i < shape.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            if (i >= known || !Config.SparseContextWindow)
            {
                var logits = Config.SparseContextWindow ? guided.LastLogits(new(Sparse(sequence, i + 1))) : window.Next(i);
                SampleToken(sequence.select(1, i + 1), i >= known, logits, choice, chances);
            }

            done?.Report(i + 1);
        }

        return sequence.narrow(1, 1, shape.Count).view(-1, shape.Frames, shape.Height, shape.Width);
    }

    /// <summary>Returns the positions of the visible tokens in a window: every <c>context_stride</c>-th of the older tokens, and all recent tokens.</summary>
    internal Tensor Places(int length, Device device)
    {
        var dense = Math.Max(0, length - Config.ContextStrideStart);
        return cat([arange(0, dense, Config.ContextStride, ScalarType.Int64, device), arange(dense, length, 1, ScalarType.Int64, device)]);
    }

    private Tensor Sparse(Tensor sequence, int count)
    {
        var length = Math.Min(count, Config.BlockSize);
        return sequence.narrow(1, count - length, length).index_select(1, Places(length, sequence.device));
    }

    /// <summary>
    /// Returns the loss on the last token in the window. As in the published training, this token advances by one position with each micro-batch. In a
    /// pass through a frame, all clips use the same frame: the first frame in the first pass, and a random frame in later passes. The first token of a frame is
    /// predicted from the special token.
    /// </summary>
    private Tensor LossOfLast(Tensor sequence, Tensor? text, long? number, BatchRandom random, BatchRandom? chance)
    {
        var frame = Shape.TokensPerFrame;
        var frames = Math.Max(1, Shape.Frames - (Config.BlockSize / frame));
        var target = 1 + (number % frame ?? randint(0, frame, [1], ScalarType.Int64, random.Generator.device, generator: random.Generator).item<long>());
        var start = number is not long count ? Draw(frames, sequence, random) * frame
            : full_like(sequence.narrow(1, 0, 1), count < frame ? 0 : new SplitMix64((ulong)(count / frame)).Below(frames) * frame);
        var x = target == 1 ? sequence.narrow(1, 0, 1)
            : sequence.gather(1, start + arange(Math.Max(0, target - Config.BlockSize), target, 1, ScalarType.Int64, sequence.device));
        var features = Network.forward(new(x) { Text = text, Chance = chance });
        return LossOf(features.narrow(1, features.shape[1] - 1, 1), sequence.gather(1, start + target));
    }

    /// <summary>
    /// The window of tokens in the network's context. When it is full, several of the oldest tokens are dropped together, because positions are relative to
    /// the first token in the window and the remaining tokens must then be processed again.
    /// </summary>
    private sealed class Window(NextToken scheme, GuidedNetwork guided, Tensor sequence) : IDisposable
    {
        private TokenState state = guided.NewState();

        /// <returns>Logits (B, 1, V) of the token after index <paramref name="i"/>.</returns>
        public Tensor Next(int i)
        {
            if (state.TokenCount != scheme.Longest)
            {
                return guided.LastLogits(new(sequence.narrow(1, i, 1)) { State = state });
            }

            state.Dispose();
            state = guided.NewState();
            var kept = Math.Max(1, scheme.Config.BlockSize - scheme.Config.WindowStride + 1);
            return guided.LastLogits(new(sequence.narrow(1, i + 1 - kept, kept)) { State = state });
        }

        public void Dispose() => state.Dispose();
    }
}
