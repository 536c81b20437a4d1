using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using TinySora.Engine.Text;
using TinySora.Engine.Training.Optimization;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training.Optimization;

public sealed class LowRankUpdatesTests
{
    private const int OldRows = 9;

    private static readonly AdapterShape Shape = new(3, null, [("words.weight", OldRows)]);

    /// <summary>
    /// The gradients that Project computes from those of the weights, and those of autograd for an explicit W + B A, differ by at most 1e-5 of the largest
    /// value, because both are sums of float32 products in another order.
    /// </summary>
    [Fact]
    public void Gradients_equal_those_of_an_explicit_sum() => EngineThread.Run(() =>
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        using var model = new Toy();
        using var network = new FlatParameters(model);
        using var updates = new LowRankUpdates(network, Shape, 0);
        var before = model.State();
        using (no_grad())
        {
            updates.Parameters.Values.copy_(randn_like(updates.Parameters.Values));
        }

        updates.Apply();
        var (ids, x) = (tensor(new long[] { 2, OldRows, OldRows + 1 }), randn(3, 8, 6, 6));
        network.Backward(model.Loss(ids, x));
        updates.Project();

        var values = Named(updates, updates.Parameters.Values).ToDictionary(item => item.Key, item => item.Value.clone().requires_grad_());
        Tensor Sum(string name, long columns) => before[name] + (values[name + LowRankUpdates.FactorsSuffix] is var both
            ? both.narrow(1, columns, both.shape[1] - columns).t().mm(both.narrow(1, 0, columns)).view(before[name].shape) : both);
        var added = before["words.weight"].narrow(0, WordTokenizer.Unknown, 1) + values["words.weight" + LowRankUpdates.RowsSuffix];
        var table = cat([before["words.weight"].narrow(0, 0, OldRows), added], 0);
        Toy.Loss(ids, x, table, Sum("linear.weight", 12), before["linear.bias"], Sum("conv.weight", 8 * 9), before["conv.bias"]).backward();
        var gradients = Named(updates, updates.Parameters.Gradients);
        Assert.Equal(["conv.weight.lowrank", "linear.weight.lowrank", "words.weight.rows"], gradients.Keys.Order(StringComparer.Ordinal));
        Assert.All(values, item =>
        {
            var expected = item.Value.grad!;
            Assert.InRange((gradients[item.Key] - expected).abs().max().ToDouble(), 0, 1e-5 * expected.abs().max().ToDouble());
        });
    });

    [Fact]
    public void Training_starts_from_the_frozen_weights_and_new_words_from_the_unknown_word() => EngineThread.Run(() =>
    {
        using var scope = NewDisposeScope();
        using var model = new Toy();
        using var network = new FlatParameters(model);
        var before = model.State();
        using var updates = new LowRankUpdates(network, Shape, 0);
        updates.Apply();
        var after = model.State();
        Assert.All(before.Keys.Where(name => name != "words.weight"), name => Assert.Equal(before[name].bytes.ToArray(), after[name].bytes.ToArray()));
        var unknown = before["words.weight"].narrow(0, WordTokenizer.Unknown, 1);
        Assert.True(after["words.weight"].narrow(0, OldRows, 2).eq(unknown).all().ToBoolean());
        Assert.True(after["words.weight"].narrow(0, 0, OldRows).eq(before["words.weight"].narrow(0, 0, OldRows)).all().ToBoolean());
    });

    [Fact]
    public void Patterns_choose_the_weights() => EngineThread.Run(() =>
    {
        using var model = new Toy();
        using var network = new FlatParameters(model);
        using var updates = new LowRankUpdates(network, new(2, "nothing* lin*", []), 0);
        using var scope = NewDisposeScope();
        Assert.Equal(["linear.weight.lowrank"], Named(updates, updates.Parameters.Values).Keys);
        var error = Assert.Throws<TinySoraException>(() => new LowRankUpdates(network, new(2, "attention*", []), 0));
        Assert.Equal("TinySora.Adapter.NoLayers", error.Id);
        Assert.Contains("linear.weight", error.Advice, StringComparison.Ordinal);
    });

    [Fact]
    public void Model_without_matrices_cannot_have_an_adapter() => EngineThread.Run(() =>
    {
        using var model = nn.LayerNorm(4);
        using var network = new FlatParameters(model);
        var error = Assert.Throws<TinySoraException>(() => new LowRankUpdates(network, new(2, null, []), 0));
        Assert.Equal(("TinySora.Adapter.NoLayers", "trainer.adapter_layers"), (error.Id, error.Target));
        Assert.Contains("without an adapter", error.Advice, StringComparison.Ordinal);
    });

    [Fact]
    public void Rank_is_the_largest_whose_file_is_small_enough() => EngineThread.Run(() =>
    {
        using var model = new Toy(3000);
        using var network = new FlatParameters(model);
        using var updates = new LowRankUpdates(network, new(null, "linear*", []), 0);
        Assert.InRange(2 * (updates.Rank + 1) * (12 + 3000), LowRankUpdates.MaxBytes - 15_000, LowRankUpdates.MaxBytes + 15_000);
        using var huge = new Toy(80_000);
        using var other = new FlatParameters(huge);
        Assert.Equal("TinySora.Adapter.TooLarge", Assert.Throws<TinySoraException>(() => new LowRankUpdates(other, new(null, "linear*", []), 0)).Id);
    });

    private static Dictionary<string, Tensor> Named(LowRankUpdates updates, Tensor flat) =>
        updates.Parameters.Views(flat).ToDictionary(item => item.Name, item => item.View);

    private sealed class Toy : nn.Module
    {
        private readonly Embedding words;
        private readonly Linear linear;
        private readonly Conv2d conv;

        public Toy(long width = 10)
            : base(nameof(Toy))
        {
            words = nn.Embedding(OldRows + 2, 12);
            linear = nn.Linear(12, width);
            conv = nn.Conv2d(8, 10, 3);
            RegisterComponents();
        }

        public static Tensor Loss(Tensor ids, Tensor x, Tensor table, Tensor linear, Tensor bias, Tensor conv, Tensor convBias) =>
            nn.functional.linear(table.index_select(0, ids), linear, bias).square().sum()
                + nn.functional.conv2d(x, conv, convBias).square().sum();

        public Tensor Loss(Tensor ids, Tensor x) => Loss(ids, x, words.weight!, linear.weight!, linear.bias!, conv.weight!, conv.bias!);

        public Dictionary<string, Tensor> State() => named_parameters().ToDictionary(item => item.name, item => item.parameter.detach().clone());
    }
}
