using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Training.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training.Checkpoints;

/// <summary>Updates of a 2 x 3 weight and of a table of words, whose row 1 is that of unknown words.</summary>
public sealed class AdaptedWeightsTests : IDisposable
{
    private static readonly Dictionary<string, string> BaseMetadata = new() { ["task.vocabulary"] = "[\"red\",\"blue\"]", ["seed"] = "1" };

    private readonly TemporaryFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();

    public AdaptedWeightsTests() => SafetensorsFile.Write(
        Base, BaseMetadata,
        [
            ("model.w", zeros([2, 3])), ("ema.w", tensor(new float[] { 1, 2, 3, 4, 5, 6 }).view(2, 3)), ("model.other", ones([2, 2])),
            ("ema.words", tensor(new float[] { 0, 0, 7, 8, 1, 1, 2, 2 }).view(4, 2)), ("model.words", zeros([4, 2])),
        ]);

    private string Base => folder.File("base.safetensors");

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    /// <summary>The first three columns are those of A, the other two those of B.</summary>
    [Theory]
    [InlineData(1, "11 22 33 24 45 66")]
    [InlineData(0.5, "6 12 18 14 25 36")]
    [InlineData(-1, "-9 -18 -27 -16 -35 -54")]
    public void Averaged_weight_is_updated_by_the_product_of_the_factors(double strength, string expected)
    {
        Write("cat", 1, [], ("w.lowrank", tensor(new float[] { 1, 2, 3, 10, 20 }).view(1, 5)));
        using var weights = Open(new AppliedAdapter(folder.File("cat"), strength));
        Assert.Equal(expected, Values(weights, "model.w"));
        Assert.Equal("1 1 1 1", Values(weights, "model.other"));
        Assert.Equal("0 0 7 8 1 1 2 2", Values(weights, "model.words"));
        Assert.Equal(["model.other", "model.w", "model.words"], weights.Tensors.Keys.Order());
        Assert.Equal("[\"red\",\"blue\"]", weights.Metadata["task.vocabulary"]);
    }

    [Fact]
    public void Words_are_added_after_those_of_the_model_starting_from_the_unknown_word()
    {
        Write("pink", 1, ["pink", "lime"], ("words.rows", tensor(new float[] { 1, 0, 0, 1 }).view(2, 2)));
        Write("lime", 1, ["lime", "gold"], ("words.rows", tensor(new float[] { 10, 10, 0, 100 }).view(2, 2)));
        using var one = Open(new AppliedAdapter(folder.File("pink")));
        Assert.Equal("0 0 7 8 1 1 2 2 8 8 7 9", Values(one, "model.words"));
        Assert.Equal([6, 2], one.Tensors["model.words"].Shape);

        using var both = Open(new AppliedAdapter(folder.File("pink"), 2), new AppliedAdapter(folder.File("lime"), 0.5));
        Assert.Equal("0 0 7 8 1 1 2 2 9 8 12 15 7 58", Values(both, "model.words"));
        Assert.Equal("[\"red\",\"blue\",\"pink\",\"lime\",\"gold\"]", both.Metadata["task.vocabulary"]);
        Assert.Equal("1", both.Metadata["seed"]);
        Assert.DoesNotContain("adapter", both.Metadata.Keys);
    }

    [Fact]
    public void Whole_model_is_not_an_adapter() => Assert.Equal("TinySora.Adapter.NotAnAdapter", Fails(Base).Id);

    [Fact]
    public void Adapter_of_other_weights_is_refused_with_the_beginning_of_both_hashes()
    {
        Write("cat", 1, [], new string('A', 64));
        var error = Fails(folder.File("cat"));
        Assert.Equal("TinySora.Adapter.OtherBase", error.Id);
        Assert.Contains($"base model base (AAAAAAAA), but '{Base}' has other weights ({BaseHash()[..8]})", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v.lowrank", 1, 5)]
    [InlineData("w.lowrank", 2, 5)]
    [InlineData("w.lowrank", 1, 6)]
    [InlineData("w", 1, 5)]
    [InlineData("words.rows", 2, 2)]
    [InlineData("words.rows", 1, 3)]
    [InlineData("words.rank", 1, 2)]
    public void Update_of_another_shape_or_weight_is_refused_by_name(string name, long rows, long columns)
    {
        Write("cat", 1, ["pink"], (name, zeros([rows, columns])));
        var error = Fails(folder.File("cat"));
        Assert.Equal("TinySora.Checkpoint.OtherModel", error.Id);
        Assert.Contains($"'{name}' is not an update of the base model", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Update_that_is_not_finite_is_refused_when_it_is_read()
    {
        Write("cat", 1, [], ("w.lowrank", full([1, 5], float.PositiveInfinity)));
        using var weights = Open(new AppliedAdapter(folder.File("cat")));
        var error = Assert.Throws<TinySoraException>(() => weights.Tensors["model.w"].Read());
        Assert.Contains("'w.lowrank' contains infinite values", error.Message, StringComparison.Ordinal);
        Assert.Contains(folder.File("cat"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Description_that_is_not_valid_is_reported()
    {
        SafetensorsFile.Write(folder.File("cat"), new Dictionary<string, string> { ["adapter"] = "{}" }, []);
        Assert.Equal("TinySora.Checkpoint.Damaged", Fails(folder.File("cat")).Id);
    }

    private static string Values(AdaptedWeights weights, string name) => string.Join(' ', weights.Tensors[name].Read().data<float>().ToArray());

    private AdaptedWeights Open(params AppliedAdapter[] adapters) =>
        new(Base, new Dictionary<string, string>(BaseMetadata) { ["adapter"] = "{}" }, Base, adapters, published: null);

    private TinySoraException Fails(string adapter) => Assert.Throws<TinySoraException>(() => Open(new AppliedAdapter(adapter)).Dispose());

    private string BaseHash()
    {
        using var file = SafetensorsFile.Open(Base);
        return ModelWeights.Hash(file, published: null);
    }

    private void Write(string name, int rank, string[] words, params (string Name, Tensor Tensor)[] updates) => Write(name, rank, words, BaseHash(), updates);

    private void Write(string name, int rank, string[] words, string hash, params (string Name, Tensor Tensor)[] updates) => SafetensorsFile.Write(
        folder.File(name),
        new Dictionary<string, string> { ["adapter"] = MetadataJson.Write(new AdapterInfo(name, "base.safetensors", hash, rank, [.. words])) },
        [.. updates.Select(item => ("model." + item.Name, item.Tensor))]);
}
