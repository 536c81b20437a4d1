using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Families.TokenModel.Networks;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel.Schemes;

/// <summary>
/// Predicts masked tokens from all other tokens (MaskGIT, Chang et al. 2022). Training masks a random fraction of the tokens. Each sampling
/// step unmasks the tokens that the network is most confident of, and later steps unmask more tokens.
/// </summary>
internal sealed class MaskedTokens(TokenNetworkConfig config, TokenNetwork network, int codes, TokenShape shape)
    : TokenScheme(config, network, codes, shape)
{
    /// <summary>Maximum number of frames, which is the number of frames in training, because each position has its own weights.</summary>
    public override int? MaxFrames => Shape.Frames;

    public override (int Tokens, int Context) Lengths => (Shape.Count, 0);

    public override string LoopDescription =>
        "'sequence' contains all codes of the clip in the order of frame, row and column, with the token 'special' in place of masked codes. At first, all "
        + "codes are masked. Each of the 'steps' draws codes at the masked positions and keeps those that the network is most confident of; "
        + "after step i, the fraction cos(pi/2 i/steps) of all codes is still masked.";

    public override Tensor Loss(Tensor clips, Tensor? text, long? number, BatchRandom random, BatchRandom? chance)
    {
        var tokens = clips.flatten(1);
        var drawn = random.UniformForAll(tokens.shape[0], Shape.Count + 1).to(tokens.device);
        var ofAll = (drawn.narrow(1, 0, 1) * (Math.PI / 2)).cos().mul(Shape.Count).to(ScalarType.Int64) + 1; // mask at least one token
        var (draws, masked) = (random.TakeShare(drawn), random.TakeShare(ofAll));
        var isMasked = draws.narrow(1, 1, Shape.Count).argsort(1).argsort(1).lt(masked);
        var features = Network.forward(new(tokens.masked_fill(isMasked, SpecialToken)) { Text = text, Chance = chance });
        var places = isMasked.flatten().nonzero().squeeze(1);
        var requested = features.flatten(0, 1).index_select(0, places);
        var loss = TokenLoss.Compute(Network.Logits(requested), tokens.flatten().index_select(0, places));
        if (random.Share is not { } share)
        {
            return loss;
        }

        // All tokens (rather than all clips) have equal weights, so processes with more masked tokens contribute more to the loss.
        var partOfTokens = places.shape[0] / (double)ofAll.clamp(max: Shape.Count).sum().item<long>();
        return loss * (partOfTokens * share.Total / share.Count);
    }

    public override int Units(TokenShape shape, int steps) => steps;

    public override Tensor Sample(
        GuidedNetwork guided, TokenShape shape, TokenSampler choice, ClipRandom chances, Tensor? given, int steps, IProgress<int>? done,
        CancellationToken cancellation)
    {
        var tokens = full([chances.Count, shape.Count], SpecialToken, ScalarType.Int64, guided.Device);
        var open = shape.Count - FillPrefix(tokens, given);
        for (var i = 1; i <= steps; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var isMasked = tokens.eq(SpecialToken);
            var logits = Codes(guided.AllLogits(new(tokens)));
            var picked = choice.Sample(logits, chances.Uniform(shape.Count));
            var share = 1 - ((double)i / steps);
            var gumbel = -(-chances.Uniform(shape.Count).clamp_min(1e-20).log()).log(); // Gumbel noise
            var sureness = logits.to(ScalarType.Float64).log_softmax(-1).gather(-1, picked.unsqueeze(-1)).squeeze(-1);
            sureness += gumbel * (choice.MaskTemperature * share);
            sureness = sureness.masked_fill(isMasked.logical_not(), double.PositiveInfinity);
            var remaining = i == steps ? 0 : (long)Math.Floor(open * Math.Cos(Math.PI / 2 * i / steps));
            var stays = sureness.argsort(1).argsort(1).lt(remaining) & isMasked;
            tokens.copy_(where(isMasked, picked, tokens).masked_fill(stays, SpecialToken));
            done?.Report(i);
        }

        return tokens.view(-1, shape.Frames, shape.Height, shape.Width);
    }

    /// <summary>Returns the logits of the codes, without the logit of the mask token.</summary>
    private Tensor Codes(Tensor logits) => logits.narrow(2, 0, SpecialToken);
}
