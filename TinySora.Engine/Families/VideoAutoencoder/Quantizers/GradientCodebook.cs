using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Layers;
using TorchSharp;
using static TorchSharp.torch;
using Embedding = TorchSharp.Modules.Embedding;

namespace TinySora.Engine.Families.VideoAutoencoder.Quantizers;

/// <summary>A codebook that is trained by gradients (van den Oord et al. 2017), as in minisora.</summary>
internal sealed class GradientCodebook : Quantizer
{
    private readonly Embedding codebook;
    private readonly double _commitmentCost;
    private readonly double _lowUtilizationCost;

    public GradientCodebook(int codes, int width, double commitmentCost, double lowUtilizationCost)
        : base(nameof(GradientCodebook))
    {
        WeightBudget.Add([codes, width]);
        codebook = nn.Embedding(codes, width);
        (_commitmentCost, _lowUtilizationCost) = (commitmentCost, lowUtilizationCost);
        RegisterComponents();
    }

    public static Codebook Kind { get; } = new(
        "vq", network => network.EmbeddingDim,
        (network, loss) => new GradientCodebook(network.NCodes, network.EmbeddingDim, loss.CommitmentCost, loss.LowUtilizationCost));

    public override int Codes => (int)codebook.weight!.shape[0];
    public override int Width => (int)codebook.weight!.shape[1];

    public override AnyTensor Tokens(AnyTensor z) => NearestVector.Find(z, codebook.weight!);

    public override AnyTensor Vectors(AnyTensor tokens) => codebook.forward(tokens);

    /// <summary>
    /// Quantizes with the loss mse(q, sg z) + commitment_cost · mse(sg q, z) + low_utilization_cost · mse(sg n, code), where q is the quantized z, n is the
    /// input nearest to each code, and sg stops the gradient.
    /// </summary>
    public override Quantized Quantize(Tensor z, BatchRandom random)
    {
        var tokens = Tokens(z);
        var quantized = Vectors(tokens);
        var loss = nn.functional.mse_loss(quantized, z.detach()) + (nn.functional.mse_loss(z, quantized.detach()) * _commitmentCost);
        if (_lowUtilizationCost > 0)
        {
            var inputs = random.Share.GatherAll(z.detach().flatten(0, -2));
            var nearest = inputs.index_select(0, (Tensor)NearestVector.Find(codebook.weight!, inputs));
            loss += nn.functional.mse_loss(codebook.weight!, nearest) * _lowUtilizationCost;
        }

        return new(StraightThrough(z, quantized), tokens, loss);
    }

    /// <summary>Replaces unused codes with copies of used codes, which are drawn in proportion to their use.</summary>
    /// <inheritdoc/>
    public override void Reinitialize(Tensor counts, Generator generator)
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        var used = counts.gt(0);
        if (counts.sum().ToInt64() == 0)
        {
            return;
        }

        var weights = counts.to(ScalarType.Float32).to(generator.device);
        var drawn = weights.multinomial(Codes, replacement: true, generator: generator).to(counts.device);
        codebook.weight!.copy_(where(used.unsqueeze(1), codebook.weight!, codebook.weight!.index_select(0, drawn)));
    }
}
