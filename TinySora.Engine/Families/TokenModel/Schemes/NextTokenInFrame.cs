using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Families.TokenModel.Networks;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel.Schemes;

/// <summary>The mdGPT scheme, predicting each token from preceding tokens in the same frame or rows, with cross attention to a context.</summary>
internal sealed class NextTokenInFrame : TokenScheme
{
    /// <summary>Number of rows per training example if the context is not the previous frame, as in the published training.</summary>
    private const int RowsAtOnce = 5;

    /// <exception cref="TinySoraException">TinySora.Model.BlockTooSmall.</exception>
    public NextTokenInFrame(TokenNetworkConfig config, TokenNetwork network, int codes, TokenShape shape)
        : base(config, network, codes, shape)
    {
        var needed = config.ContextType == ContextType.PrevRow ? Rows * shape.Width : shape.TokensPerFrame;
        if (config.Use1dPosEmb && needed > config.BlockSize)
        {
            throw ModelErrors.BlockTooSmall(config.BlockSize, needed, shape.Height, shape.Width);
        }
    }

    /// <summary>Maximum number of frames. The position tables for frames are twice as long as clips, plus one, as in the published code.</summary>
    public override int? MaxFrames => Config.Use1dPosEmb ? null : (2 * Shape.Frames) + 1;

    public override (int Tokens, int Context) Lengths => (
        Config.ContextType == ContextType.PrevFrame ? Shape.TokensPerFrame : Shape.Width,
        Config.ContextType == ContextType.PrevRow ? Shape.Width : Shape.TokensPerFrame);

    public override string LoopDescription =>
        "'sequence' contains the token 'special', followed by the codes drawn so far in the current frame or row; its remaining values have no effect. "
        + "'context' contains the codes of the previous frame, of the previous row, or of the current frame up to the current row, with zeros for missing "
        + "codes. Positions are the frame, row and column of the predicted codes and of the context's codes, or their indices if positions have one dimension.";

    private int Rows => Math.Min(RowsAtOnce, Shape.Height);

    public override Tensor Loss(Tensor clips, Tensor? text, long? number, BatchRandom random, BatchRandom? chance)
    {
        var isFrame = Config.ContextType == ContextType.PrevFrame;
        var (tokens, device) = (clips.flatten(1), clips.device);
        var frame = Draw(Shape.Frames, clips, random);
        var length = isFrame ? Shape.TokensPerFrame : Rows * Shape.Width;
        var seen = isFrame ? Math.Min(Config.SparseBlockSize, length) : length;
        var row = isFrame ? zeros_like(frame) : Draw(Shape.Height - Rows + 1, clips, random);
        var first = (frame * Shape.TokensPerFrame) + (row * Shape.Width);
        var offset = isFrame ? Draw(length - seen + 1, clips, random) : zeros_like(frame);
        var part = PrependStart(tokens.gather(1, first + arange(length, device: device)));
        var window = part.gather(1, offset + arange(seen + 1, device: device));
        var places = offset + arange(seen, device: device); // positions of the predicted tokens, relative to the first one
        var (context, contextPlaces) = Context(tokens, frame, row);
        var features = Network.forward(new(window.narrow(1, 0, seen))
        {
            Positions = Config.Use1dPosEmb ? places : Shape.Positions(first + places), Context = context, ContextPositions = contextPlaces, Text = text,
            Chance = chance,
        });
        return LossOf(features, window.narrow(1, 1, seen));
    }

    public override Tensor Sample(
        GuidedNetwork guided, TokenShape shape, TokenSampler choice, ClipRandom chances, Tensor? given, int steps, IProgress<int>? done,
        CancellationToken cancellation)
    {
        var tokens = zeros([chances.Count, shape.Count], ScalarType.Int64, guided.Device);
        var known = FillPrefix(tokens, given);
        var length = Config.ContextType == ContextType.PrevFrame ? shape.TokensPerFrame : shape.Width;
        for (var first = known / length * length; first < shape.Count; first += length)
        {
            using var scope = NewDisposeScope();
            using var state = guided.NewState();
            var (frame, row) = (first / shape.TokensPerFrame, first % shape.TokensPerFrame / shape.Width);
            var (context, contextPlaces) = Context(
                Seen(tokens), full([chances.Count, 1], frame, ScalarType.Int64, guided.Device), full([chances.Count, 1], row, ScalarType.Int64, guided.Device));
            for (var i = 0; i < length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                using var inner = NewDisposeScope();
                var place = full([1, 1], first + i, ScalarType.Int64, guided.Device);
                var logits = guided.LastLogits(new(i == 0 ? full([chances.Count, 1], SpecialToken,
                    ScalarType.Int64, guided.Device) : tokens.narrow(1, first + i - 1, 1))
                {
                    Positions = Config.Use1dPosEmb ? place - first : Shape.Positions(place),
                    Context = i == 0 ? context : null, ContextPositions = i == 0 ? contextPlaces : null, State = state,
                });
                SampleToken(tokens.select(1, first + i), first + i >= known, logits, choice, chances);
                done?.Report(first + i + 1);
            }
        }

        return tokens.view(-1, shape.Frames, shape.Height, shape.Width);
    }

    /// <summary>Returns the tokens that the network receives, in which special tokens are replaced with the first code, as in the published code.</summary>
    private Tensor Seen(Tensor tokens) => tokens.masked_fill(tokens.ge(SpecialToken), 0);

    /// <summary>Returns the context for the tokens of a frame that begin in a given row, with zeros where nothing precedes them.</summary>
    /// <param name="tokens">(B, n).</param>
    /// <param name="frame">(B, 1).</param>
    /// <param name="row">(B, 1).</param>
    /// <returns>Tokens (B, S), and their positions.</returns>
    private (Tensor Tokens, Tensor Positions) Context(Tensor tokens, Tensor frame, Tensor row)
    {
        var (start, device) = (frame * Shape.TokensPerFrame, tokens.device);
        var numbers = arange(Config.ContextType == ContextType.PrevRow ? Shape.Width : Shape.TokensPerFrame, device: device);
        var (first, isKnown) = Config.ContextType switch
        {
            ContextType.PrevFrame => (start - Shape.TokensPerFrame, frame.gt(0)),
            ContextType.PrevRow => (start + ((row - 1) * Shape.Width), row.gt(0)),
            _ => (start, numbers.lt(row * Shape.Width)),
        };
        var places = (first + numbers).clamp_min(0);
        return (
            tokens.gather(1, places).masked_fill(isKnown.logical_not(), 0),
            Config.Use1dPosEmb ? numbers.unsqueeze(0) : Shape.Positions(places));
    }
}
