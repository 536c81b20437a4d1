using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder.Quantizers;

/// <summary>
/// A codebook without gradients, whose vectors are running means of the latents assigned to each code, as in VideoGPT (van den Oord et al. 2017, appendix
/// A.1). The first batch initializes it, and rarely used codes are replaced with vectors from the batch.
/// </summary>
internal sealed class EmaCodebook : Quantizer
{
    private const double Decay = 0.99;
    private const double Epsilon = 1e-7;

    private readonly Tensor embeddings;
    private readonly Tensor N;
    private readonly Tensor z_avg;
    private readonly double _commitmentCost;
    private readonly bool _passesGradients;

    /// <param name="passesGradients">Whether the gradient of the quantized latents passes straight through to the encoder.</param>
    public EmaCodebook(int codes, int width, double commitmentCost, bool passesGradients = true)
        : base(nameof(EmaCodebook))
    {
        WeightBudget.Add([codes, width]);
        embeddings = randn([codes, width], ScalarType.Float32);
        N = zeros([codes], ScalarType.Float32);
        z_avg = embeddings.clone();
        (_commitmentCost, _passesGradients) = (commitmentCost, passesGradients);
        RegisterComponents();
    }

    public override int Codes => (int)embeddings.shape[0];
    public override int Width => (int)embeddings.shape[1];

    /// <summary>Whether the means have been initialized. Resumed runs and runs that start from imported weights keep their means.</summary>
    private bool IsInitialised => N.sum().ToSingle() > 0;

    public override AnyTensor Tokens(AnyTensor z) => NearestVector.Find(z, embeddings);

    public override AnyTensor Vectors(AnyTensor tokens) => tokens.embedding(embeddings);

    /// <summary>Quantizes in training, with the loss commitment_cost · mse(z, sg q), where q is the quantized z and sg stops the gradient.</summary>
    public override Quantized Quantize(Tensor z, BatchRandom random)
    {
        var vectors = random.Share.GatherAll(z.detach().flatten(0, -2));
        using (no_grad())
        {
            if (!IsInitialised)
            {
                Initialise(vectors, random.Generator);
            }
        }

        var tokens = Tokens(z);
        var quantized = Vectors(tokens);
        using (no_grad())
        {
            Follow(vectors, random.Share.GatherAll(tokens.flatten()), random.Generator);
        }

        return new(_passesGradients ? StraightThrough(z, quantized) : quantized, tokens, nn.functional.mse_loss(z, quantized) * _commitmentCost);
    }

    private void Initialise(Tensor vectors, Generator generator)
    {
        using var scope = NewDisposeScope();
        var drawn = Draw(vectors, generator);
        embeddings.copy_(drawn);
        z_avg.copy_(drawn);
        N.fill_(1);
    }

    /// <param name="vectors">(M, D).</param>
    /// <param name="tokens">(M).</param>
    private void Follow(Tensor vectors, Tensor tokens, Generator generator)
    {
        using var scope = NewDisposeScope();
        var counts = zeros_like(N).index_add_(0, tokens, ones_like(tokens, ScalarType.Float32), 1);
        var sums = zeros_like(z_avg).index_add_(0, tokens, vectors, 1);
        N.mul_(Decay).add_(counts, alpha: 1 - Decay);
        z_avg.mul_(Decay).add_(sums, alpha: 1 - Decay);

        // Laplace smoothing avoids a division by zero.
        var total = N.sum();
        var smoothed = (N + Epsilon) / (total + (Codes * Epsilon)) * total;
        var means = z_avg / smoothed.unsqueeze(1);
        embeddings.copy_(where(N.ge(1).unsqueeze(1), means, Draw(vectors, generator)));
    }

    /// <summary>Draws one vector for each code. If there are fewer vectors than codes, noisy copies of the vectors are added.</summary>
    private Tensor Draw(Tensor vectors, Generator generator)
    {
        if (vectors.shape[0] < Codes)
        {
            vectors = vectors.repeat((Codes + vectors.shape[0] - 1) / vectors.shape[0], 1);
            var noise = randn(vectors.shape, ScalarType.Float32, generator.device, generator: generator).to(vectors.device);
            vectors += noise * (0.01 / Math.Sqrt(Width));
        }

        var order = randperm(vectors.shape[0], ScalarType.Int64, generator.device, generator: generator);
        return vectors.index_select(0, order.narrow(0, 0, Codes).to(vectors.device));
    }
}
