using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Layers;
using TinySora.Engine.Training.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training.Checkpoints;

/// <summary>Weights of a file in models that differ from the one that was saved.</summary>
public sealed class ModelWeightsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Model_may_have_more_rows_which_keep_their_values()
    {
        using var file = Write(("words.weight", ones([2, 3])));
        using var grown = Filled(("words", nn.Embedding(4, 3)));
        ModelWeights.Load(file, grown, averaged: false, isInitial: true);
        Assert.Equal([1, 1, 1, 1, 1, 1, 9, 9, 9, 9, 9, 9], grown.state_dict()["words.weight"].data<float>().ToArray());
        Assert.Contains("(2, 3) in the file and (4, 3)", Differences(file, grown, isInitial: false), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 3)] // fewer rows
    [InlineData(4, 2)] // fewer columns
    [InlineData(4, 4)]
    public void Model_with_fewer_rows_or_other_columns_is_refused_and_unchanged(long rows, long columns)
    {
        using var file = Write(("words.weight", ones([2, 3])), ("head.bias", ones([2])));
        using var other = Filled(("head", nn.Linear(1, 2)), ("words", nn.Embedding(rows, columns)));
        Assert.Contains("'words.weight' is (2, 3) in the file", Differences(file, other, isInitial: true), StringComparison.Ordinal);
        Assert.All(other.state_dict().Values, weight => Assert.True(weight.eq(9).all().item<bool>()));
    }

    /// <summary>A layer that is the identity at first does not change the model, so it may be missing from the file.</summary>
    [Fact]
    public void Added_layer_keeps_its_values_if_it_is_the_identity_and_wholly_missing()
    {
        using var file = Write(("head.weight", ones([2, 1])), ("head.bias", ones([2])));
        using var added = Filled(("head", nn.Linear(1, 2)), ("more", new Addition()));
        ModelWeights.Load(file, added, averaged: false, isInitial: true);
        Assert.Equal("head.bias=1 head.weight=1 more.inner.bias=9 more.inner.weight=9", Values(added));
        Assert.Contains("'more.inner.weight' is missing", Differences(file, added, isInitial: false), StringComparison.Ordinal);

        using var partial = Write(("head.weight", ones([2, 1])), ("head.bias", ones([2])), ("more.inner.bias", ones([1])));
        Assert.Contains("'more.inner.weight' is missing", Differences(partial, added, isInitial: true), StringComparison.Ordinal);
        using var plain = Filled(("head", nn.Linear(1, 2)), ("more", nn.Linear(1, 1)));
        Assert.Contains("'more.weight' is missing", Differences(file, plain, isInitial: true), StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_are_ignored_and_weights_that_only_TinySora_has_are_optional()
    {
        using var model = Filled(("head", nn.Linear(1, 2)), ("ours", nn.Linear(1, 1)));
        using var foreign = Write(("former.weight", ones([2, 1])), ("head.bias", ones([2])), ("table.sizes", ones([5])));
        ModelWeights.Load(foreign, model, averaged: false, published: new Published());
        Assert.Equal("head.bias=1 head.weight=1 ours.bias=9 ours.weight=9", Values(model));

        using var own = Write(
            ("head.weight", 2 * ones([2, 1])), ("head.bias", ones([2])), ("ours.weight", ones([1, 1])), ("ours.bias", ones([1])), ("ours.other", ones([7])));
        ModelWeights.Load(own, model, averaged: false, published: new Published());
        Assert.Equal("head.bias=1 head.weight=2 ours.bias=1 ours.weight=1", Values(model));
    }

    [Fact]
    public void Weight_under_two_names_is_refused()
    {
        using var file = Write(("former.weight", ones([2, 1])), ("head.weight", ones([2, 1])));
        var error = Assert.Throws<TinySoraException>(() => ModelWeights.Of(file, averaged: false, new Published()));
        Assert.Equal("TinySora.Checkpoint.Damaged", error.Id);
        Assert.Contains("'head.weight' also occurs under another name", error.Message, StringComparison.Ordinal);
    }

    /// <summary>An adapter fits its model whatever the order and type in which the file stores the same values.</summary>
    [Fact]
    public void Hash_depends_on_names_shapes_and_values_but_not_on_their_order_or_type()
    {
        var expected = Hash(("a", tensor(new[] { 1f, 2 })), ("b", ones([2, 3])));
        Assert.Matches("^[0-9A-F]{64}$", expected);
        Assert.Equal(expected, Hash(("b", ones([2, 3]).to(float16)), ("a", tensor(new[] { 1f, 2 }))));
        Assert.Equal(expected, Hash(("a", tensor(new[] { 1f, 2 })), ("b", ones([2, 3])), ("table.sizes", ones([5])), ("ours.weight", ones([5]))));
        Assert.All(
            [
                Hash(("a", tensor(new[] { 2f, 1 })), ("b", ones([2, 3]))), Hash(("a", tensor(new[] { 1f, 2 })), ("b", ones([3, 2]))),
                Hash(("a", tensor(new[] { 1f, 2 })), ("c", ones([2, 3]))), Hash(("a", tensor(new[] { 1f, 2 }))),
            ],
            other => Assert.NotEqual(expected, other));

        string Hash(params (string Name, Tensor Tensor)[] weights)
        {
            using var file = Write(weights);
            return ModelWeights.Hash(file, new Published());
        }
    }

    [Fact]
    public void Hash_is_that_of_the_averaged_weights()
    {
        using var both = Write(("model.a", ones([2])), ("ema.a", zeros([2])));
        using var averaged = Write(("a", zeros([2])));
        Assert.Equal(ModelWeights.Hash(averaged, null), ModelWeights.Hash(both, null));
    }

    [Fact]
    public void Trained_weights_are_available_only_if_the_file_has_two_sets()
    {
        using var one = Write(("model.a", ones([2])));
        using var average = Write(("ema.a", ones([2])));
        using var both = Write(("model.a", ones([2])), ("ema.a", zeros([2])));
        foreach (var file in new[] { one, average })
        {
            ModelWeights.Require(file, CheckpointWeights.Averaged);
            var error = Assert.Throws<TinySoraException>(() => ModelWeights.Require(file, CheckpointWeights.Training));
            Assert.Equal(("TinySora.Checkpoint.OneSetOfWeights", (object)file.Path), (error.Id, error.Target));
        }

        ModelWeights.Require(both, CheckpointWeights.Averaged);
        ModelWeights.Require(both, CheckpointWeights.Training);
    }

    /// <summary>The message shows only the first differences, which should show the names of both sides.</summary>
    [Fact]
    public void Differences_are_listed_with_shapes_first_then_alternating_between_both_sides()
    {
        using var file = Write(("b", ones([1])), ("x", ones([1])), ("y", ones([1])), ("z", ones([1])));
        var text = Assert.Throws<TinySoraException>(() => ModelWeights.Fill(
            file, new Dictionary<string, Tensor> { ["a"] = ones([1]), ["b"] = ones([2]), ["c"] = ones([1]) })).Message;
        int[] positions = [.. new[]
        {
            "'b' is (1) in the file and (2) in the model", "'a' is missing", "'x' is not part", "'c' is missing", "'y' is not part", "'z' is not part",
        }.Select(part => text.IndexOf(part, StringComparison.Ordinal))];
        Assert.DoesNotContain(-1, positions);
        Assert.Equal(positions.Order(), positions);
    }

    [Fact]
    public void New_weights_get_their_initial_values_and_others_must_be_in_every_set()
    {
        var targets = new Dictionary<string, Tensor> { ["a"] = ones([1]), ["new"] = full([2], 5f) };
        var (trained, averaged) = (Stored("a"), Stored("a"));
        ModelWeights.Complete("x.pt", targets, name => name == "new", trained, averaged);
        Assert.All([trained, averaged], weights => Assert.Equal([5f, 5], weights["new"].Read().data<float>().ToArray()));

        var error = Assert.Throws<TinySoraException>(() => ModelWeights.Complete("x.pt", targets, name => name == "new", Stored("a"), Stored()));
        Assert.Equal(("TinySora.Checkpoint.OtherModel", "x.pt"), (error.Id, error.Target));
        Assert.Contains("'a' is missing", error.Message, StringComparison.Ordinal);

        static Dictionary<string, StoredTensor> Stored(params string[] names) => names.ToDictionary(name => name, _ => PublishedFile.Stored(zeros([1])));
    }

    private static string Differences(ITensorFile file, nn.Module model, bool isInitial)
    {
        var error = Assert.Throws<TinySoraException>(() => ModelWeights.Load(file, model, averaged: false, isInitial));
        Assert.Equal("TinySora.Checkpoint.OtherModel", error.Id);
        return error.Message;
    }

    /// <summary>A model whose weights are all 9.</summary>
    private static Parts Filled(params (string Name, nn.Module Module)[] parts)
    {
        var model = new Parts(parts);
        using var nothing = no_grad();
        foreach (var parameter in model.parameters())
        {
            parameter.fill_(9);
        }

        return model;
    }

    private static string Values(nn.Module model) => string.Join(' ', model.state_dict().OrderBy(item => item.Key, StringComparer.Ordinal)
        .Select(item => $"{item.Key}={item.Value.mean().item<float>()}"));

    private SafetensorsFile Write(params (string Name, Tensor Tensor)[] weights)
    {
        var path = folder.File($"{Guid.NewGuid()}.safetensors");
        SafetensorsFile.Write(path, new Dictionary<string, string>(), weights);
        return SafetensorsFile.Open(path);
    }

    private sealed class Parts : nn.Module
    {
        public Parts((string Name, nn.Module Module)[] parts)
            : base(nameof(Parts)) => Array.ForEach(parts, part => register_module(part.Name, part.Module));
    }

    private sealed class Addition : nn.Module, IIdentityAtFirst
    {
        public Addition()
            : base(nameof(Addition)) => register_module("inner", nn.Linear(1, 1));
    }

    private sealed class Published : PublishedWeights
    {
        public override bool IsTable(string name) => name.StartsWith("table.", StringComparison.Ordinal);

        public override bool IsOurs(string name) => name.StartsWith("ours.", StringComparison.Ordinal);

        public override string NameInModel(string name) => name.Replace("former.", "head.", StringComparison.Ordinal);

        public override PublishedModel Fit(
            ITensorFile file, RunConfig config, Dictionary<string, StoredTensor> trained, Dictionary<string, StoredTensor> averaged,
            IReadOnlyDictionary<string, string> metadata) => throw new NotSupportedException();
    }
}
