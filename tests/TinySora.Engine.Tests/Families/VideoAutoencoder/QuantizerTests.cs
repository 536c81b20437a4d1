using TinySora.Engine.Families.VideoAutoencoder.Quantizers;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.VideoAutoencoder;

/// <summary>Quantizers on batches small enough to check by hand.</summary>
public sealed class QuantizerTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly Generator generator = new(5);

    public void Dispose()
    {
        generator.Dispose();
        scope.Dispose();
    }

    [Fact]
    public void Gradient_codebook_selects_the_nearest_code_and_passes_the_gradient_through()
    {
        using var book = Book([0, 0, 1, 1, 5, 5], cost: 0.25, lowUtilization: 0);
        var z = tensor(new[] { 0.1f, 0.2f, 0.9f, 1.3f }).view(1, 1, 1, 2, 2).requires_grad_();
        var quantized = book.Quantize(z, generator);
        Assert.Equal([0L, 1L], quantized.Tokens.data<long>().ToArray());
        Assert.Equal([0f, 0f, 1f, 1f], quantized.Latents.data<float>().ToArray());

        // Squared distances 0.01, 0.04, 0.01, 0.09: their mean counts once for the codes and 0.25 times for the encoder.
        Assert.Equal(1.25 * 0.0375, quantized.Loss!.ToDouble(), 1e-6);
        (quantized.Latents * tensor(new[] { 1f, 2f, 3f, 4f }).view(1, 1, 1, 2, 2)).sum().backward();
        Assert.Equal([1f, 2f, 3f, 4f], z.grad!.data<float>().ToArray());
    }

    [Fact]
    public void Low_utilization_cost_pulls_each_code_to_its_nearest_input()
    {
        var z = tensor(new[] { 0.1f, 0.2f, 0.9f, 1.3f }).view(1, 1, 1, 2, 2);
        using var with = Book([0, 0, 1, 1, 5, 5], cost: 0, lowUtilization: 0.5);
        using var without = Book([0, 0, 1, 1, 5, 5], cost: 0, lowUtilization: 0);
        var difference = with.Quantize(z, generator).Loss! - without.Quantize(z, generator).Loss!;

        // (0.9, 1.3) is the input nearest to the third code.
        Assert.Equal(0.5 * (0.01 + 0.04 + 0.01 + 0.09 + (4.1 * 4.1) + (3.7 * 3.7)) / 6, difference.ToDouble(), 1e-5);
        difference.backward();
        var gradient = with.parameters().Single().grad!.data<float>().ToArray();
        Assert.Equal(0.5 * 2 * 4.1 / 6, gradient[4], 1e-5);
    }

    [Fact]
    public void Unused_codes_become_copies_of_used_ones()
    {
        using var book = Book([0, 0, 1, 1, 5, 5, 7, 7], cost: 0, lowUtilization: 0);
        book.Reinitialize(tensor(new[] { 0L, 3L, 0L, 1L }), generator);
        var rows = book.parameters().Single().data<float>().ToArray().Chunk(2).ToList();
        Assert.Equal([1f, 1f], rows[1]);
        Assert.Equal([7f, 7f], rows[3]);
        Assert.All([rows[0], rows[2]], row => Assert.True(row[0] is 1f or 7f));

        // Without counts, the usage is unknown.
        using var other = Book([0, 0, 1, 1], cost: 0, lowUtilization: 0);
        other.Reinitialize(zeros([2], ScalarType.Int64), generator);
        Assert.Equal([0f, 0f, 1f, 1f], other.parameters().Single().data<float>().ToArray());
    }

    [Fact]
    public void Usage_and_perplexity_cover_all_batches()
    {
        var usage = new EpochUsage(4);
        usage.Add(tensor(new[] { 0L, 0L, 1L }));
        usage.Add(tensor(new[] { 1L }).view(1, 1));
        Assert.Equal([2L, 2L, 0L, 0L], usage.Counts.data<long>().ToArray());
        Assert.Equal((0.5, 2.0), (EpochUsage.Share(usage.Counts).ToDouble(), Math.Round(EpochUsage.Perplexity(usage.Counts).ToDouble(), 5)));

        usage.StartEpoch(3);
        Assert.Equal((3L, 0L), (usage.Epoch, usage.Counts.sum().ToInt64()));
    }

    [Fact]
    public void Running_means_are_initialized_by_the_first_batch_only()
    {
        using var book = new EmaCodebook(2, 1, commitmentCost: 0.25);
        var z = tensor(new[] { 4f, 4f, 4f, 4f }).view(1, 1, 1, 4, 1);
        book.Quantize(z, generator);
        var state = book.state_dict();

        // Both codes were 4: the first took all four inputs, so N = 0.99 + 0.01 n.
        Assert.Equal([1.03f, 0.99f], state["N"].data<float>().ToArray().Select(n => MathF.Round(n, 5)));
        Assert.Equal([4f, 4f], state["embeddings"].data<float>().ToArray().Select(n => MathF.Round(n, 4)));

        // A loaded model has counts, and keeps its codes.
        using var loaded = new EmaCodebook(2, 1, commitmentCost: 0.25);
        using (no_grad())
        {
            loaded.get_buffer("N")!.fill_(5);
            loaded.get_buffer("z_avg")!.copy_(tensor(new[] { 5f, 50f }).view(2, 1));
            loaded.get_buffer("embeddings")!.copy_(tensor(new[] { 1f, 10f }).view(2, 1));
        }

        var quantized = loaded.Quantize(tensor(new[] { 2f, 2f }).view(1, 1, 1, 2, 1), generator);
        Assert.Equal([1f, 1f], quantized.Latents.data<float>().ToArray());
        Assert.Equal(0.25 * 1, quantized.Loss!.ToDouble(), 1e-6);

        // N 0.99·5 + 0.01·2 and 0.99·5; z_avg 0.99·5 + 0.01·4 and 0.99·50.
        Assert.Equal([4.97f, 4.95f], loaded.get_buffer("N")!.data<float>().ToArray().Select(n => MathF.Round(n, 5)));
        Assert.Equal([4.99f / 4.97f, 10f], loaded.get_buffer("embeddings")!.data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Fact]
    public void Rarely_used_codes_are_replaced_by_inputs()
    {
        using var book = new EmaCodebook(2, 1, commitmentCost: 0.25);
        using (no_grad())
        {
            book.get_buffer("N")!.copy_(tensor(new[] { 5f, 1f }));
            book.get_buffer("z_avg")!.copy_(tensor(new[] { 5f, 100f }).view(2, 1));
            book.get_buffer("embeddings")!.copy_(tensor(new[] { 1f, 100f }).view(2, 1));
        }

        book.Quantize(tensor(new[] { 2f, 2f }).view(1, 1, 1, 2, 1), generator);
        Assert.Equal(2, book.get_buffer("embeddings")!.data<float>()[1]);
    }

    [Theory]
    [InlineData(8, 5, 5, 5)]
    [InlineData(4, 4, 3)]
    [InlineData(3)]
    public void Vector_of_a_finite_scalar_token_encodes_to_that_token(params int[] levels)
    {
        using var quantizer = new FiniteScalarQuantizer(levels);
        Assert.Equal((levels.Aggregate((a, b) => a * b), levels.Length), (quantizer.Codes, quantizer.Width));
        var tokens = arange(quantizer.Codes);
        var vectors = quantizer.Vectors(tokens);
        Assert.InRange(vectors.abs().max().ToSingle(), 0.99f, 1f);

        // A latent far from zero is at the bound; vectors in between have an inverse.
        Assert.Equal(0, quantizer.Tokens(full([1, levels.Length], -100f))[0].ToInt64());
        Assert.Equal(quantizer.Codes - 1, quantizer.Tokens(full([1, levels.Length], 100f))[0].ToInt64());
        var reached = quantizer.Tokens(randn([50000, levels.Length], generator: generator));
        Assert.Equal(quantizer.Codes, reached.data<long>().ToArray().Distinct().Count());

        var z = randn([50, levels.Length], generator: generator).requires_grad_();
        var quantized = quantizer.Quantize(z, generator);
        Assert.True(quantized.Latents.allclose(quantizer.Vectors(quantized.Tokens)));
        Assert.Null(quantized.Loss);
        quantized.Latents.sum().backward();
        Assert.True(z.grad!.min().ToSingle() > 0);
    }

    /// <summary>Channel 0 has five levels: tanh(z)·2.002 rounded, over 2.</summary>
    [Fact]
    public void Finite_scalars_round_the_bounded_channel()
    {
        using var quantizer = new FiniteScalarQuantizer([5, 4]);
        var quantized = quantizer.Quantize(tensor(new[] { 0.3f, 0f, -2f, -0.6f }).view(2, 2), generator);

        // tanh(0.3)·2.002 = 0.58; four levels are shifted by a half, so that zero stays zero: 1.5015·tanh(-0.6 + 0.3456) - 0.5 = -0.87.
        Assert.Equal([0.5f, 0f, -1f, -0.5f], quantized.Latents.data<float>().ToArray());
        Assert.Equal([3 + (5 * 2), 0 + (5 * 1)], quantized.Tokens.data<long>().ToArray());
    }

    private static GradientCodebook Book(float[] values, double cost, double lowUtilization)
    {
        var book = new GradientCodebook(values.Length / 2, 2, cost, lowUtilization);
        using var nothing = no_grad();
        book.parameters().Single().copy_(tensor(values).view(-1, 2));
        return book;
    }
}
