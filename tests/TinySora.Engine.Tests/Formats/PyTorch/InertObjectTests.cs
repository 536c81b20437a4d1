using TinySora.Engine.Errors;
using TinySora.Engine.Formats.PyTorch;
using TinySora.Engine.Formats.Weights;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Formats.PyTorch;

/// <summary>Plain objects next to the weights are ignored, whatever their class; anything that would run code is refused wherever it is.</summary>
public sealed class InertObjectTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Target => folder.File("weights.pt");

    public void Dispose() => folder.Dispose();

    /// <summary>Files written by tests/reference/inert_objects.py: 31 kinds of objects in each protocol.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Weights_are_read_whatever_objects_are_next_to_them(int protocol)
    {
        using var scope = NewDisposeScope();
        using var file = TensorFile.Open(Path.Combine(AppContext.BaseDirectory, "Golden", "PyTorch", $"inert-{protocol}.pt"));
        Assert.Equal([1, 2], file.Tensors["model.w"].Read().data<float>().ToArray());
        Assert.Equal(["model.w", "objects.eight bits", "objects.quantized", "objects.with attributes"], file.Tensors.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(2, file.Tensors["objects.with attributes"].Read()[1].item<float>());

        var expected = new Dictionary<string, string>
        {
            ["step"] = "3", ["objects.counter.10"] = "1", ["objects.counter.20"] = "2", ["objects.factory.a.0"] = "1.5", ["objects.called factory.x"] = "1",
            ["objects.queue.0"] = "1", ["objects.queue.1"] = "2", ["objects.options.batch"] = "8", ["objects.options.nested.depth"] = "2",
            ["objects.words.lr"] = "0.0001", ["objects.easy.lr"] = "1", ["objects.keys.1.5"] = "8", ["objects.keys.true"] = "9",
        };
        Assert.All(expected, item => Assert.Equal(item.Value, file.Metadata.GetValueOrDefault(item.Key)));
        Assert.DoesNotContain(file.Metadata.Keys, name => name.StartsWith("objects.dots.", StringComparison.Ordinal));
        Assert.Equal(
            ["called factory", "counter", "easy", "factory", "keys", "numbers", "numpy state", "options", "queue", "random state", "words"],
            file.Metadata.Keys.Where(name => name.StartsWith("objects.", StringComparison.Ordinal)).Select(name => name.Split('.')[1]).Distinct().Order(StringComparer.Ordinal));
    }

    /// <summary>
    /// Optimizers, schedulers and scalers saved as objects instead of by their state, methods within a state, and further containers.
    /// </summary>
    [Theory]
    [InlineData("torch.optim.adam.Adam")]
    [InlineData("torch.optim.adamw.AdamW")]
    [InlineData("torch.optim.sgd.SGD")]
    [InlineData("torch.optim.lr_scheduler.OneCycleLR")]
    [InlineData("torch.optim.lr_scheduler.LambdaLR")]
    [InlineData("torch.optim.lr_scheduler.ReduceLROnPlateau")]
    [InlineData("torch.optim.swa_utils.SWALR")]
    [InlineData("torch.cuda.amp.grad_scaler.GradScaler")]
    [InlineData("numpy.matrix")]
    [InlineData("numpy.ma.core.MaskedArray")]
    [InlineData("numpy.rec.recarray")]
    [InlineData("collections.UserDict")]
    public void Objects_and_their_methods_are_ignored(string type)
    {
        var (module, name) = (type[..type.LastIndexOf('.')], type[(type.LastIndexOf('.') + 1)..]);
        foreach (var value in new Action<PickleBytes>[]
        {
            p => Filled(p),
            p => Filled(p.Global("__builtin__", "getattr")).Text("_anneal_func").Op(PickleOpcode.Tuple2).Op(PickleOpcode.Reduce),
            p => p.Global("builtins", "getattr").Global(module, name).Text("_cosine_anneal").Op(PickleOpcode.Tuple2).Op(PickleOpcode.Reduce),
            p => p.Global("__builtin__", "getattr").Global("torch._utils", "torch").Text("channels_last").Op(PickleOpcode.Tuple2).Op(PickleOpcode.Reduce),
        })
        {
            File.Delete(Target);
            PickleBytes.WriteZip(Target, Beside(value), more: ("archive/data/0", BitConverter.GetBytes(2.5f)));
            using var file = TensorFile.Open(Target);
            Assert.Equal(2.5f, Assert.Single(file.Tensors).Value.Read().item<float>());
            Assert.Empty(file.Metadata);
        }

        PickleBytes Filled(PickleBytes pickle) => pickle.Global(module, name).Op(PickleOpcode.EmptyTuple).Op(PickleOpcode.NewObject)
            .Op(PickleOpcode.EmptyDictionary).Text("lr").Int(3).Op(PickleOpcode.SetItem).Op(PickleOpcode.Build);
    }

    /// <summary>A method can be stored but not called; attributes of anything else are refused.</summary>
    [Fact]
    public void Stored_attribute_cannot_be_called()
    {
        Refused("torch.optim.swa_utils.SWALR.x", p => Method(p, "torch.optim.swa_utils", "SWALR").Op(PickleOpcode.EmptyTuple).Op(PickleOpcode.Reduce));
        Refused("torch.x", p => Method(p, "torch._utils", "torch").Op(PickleOpcode.EmptyTuple).Op(PickleOpcode.Reduce));
        Refused("builtins.getattr", p => Method(p, "os", "environ"));
        Refused("builtins.getattr", p => Method(p, "torch", "hub"));
        Refused("builtins.getattr", p => Method(p.Global("builtins", "getattr"), "torch._utils", "torch").Text("y").Op(PickleOpcode.Tuple2).Op(PickleOpcode.Reduce));
        Refused("os.system", p => p.Global("torch.optim.lr_scheduler", "LambdaLR").Op(PickleOpcode.None).Global("os", "system").Op(PickleOpcode.Tuple2).Op(PickleOpcode.Reduce));

        static PickleBytes Method(PickleBytes pickle, string module, string name) =>
            pickle.Global("builtins", "getattr").Global(module, name).Text("x").Op(PickleOpcode.Tuple2).Op(PickleOpcode.Reduce);

        void Refused(string name, Action<PickleBytes> value)
        {
            File.Delete(Target);
            PickleBytes.WriteZip(Target, Beside(value), more: ("archive/data/0", new byte[4]));
            var error = Assert.Throws<TinySoraException>(() => TensorFile.Open(Target).Dispose());
            Assert.Equal("TinySora.Checkpoint.RunsCode", error.Id);
            Assert.Contains($"would call {name},", error.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>A tensor with an unsupported type is an error only when it is read; the error names the type.</summary>
    [Theory]
    [InlineData("objects.quantized", "QInt8")]
    [InlineData("objects.eight bits", "torch.float8_e4m3fn")]
    public void Tensor_of_an_unsupported_type_is_refused_when_it_is_read(string name, string type)
    {
        using var file = TensorFile.Open(Path.Combine(AppContext.BaseDirectory, "Golden", "PyTorch", "inert-2.pt"));
        Assert.Equal([2], file.Tensors[name].Shape);
        var error = Assert.Throws<TinySoraException>(() => file.Tensors[name].Read());
        Assert.Equal("TinySora.Checkpoint.UnsupportedType", error.Id);
        Assert.Contains($"'{name}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(type, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Duplicate_tensor_name_is_refused_when_it_is_read()
    {
        var pickle = New().Op(PickleOpcode.EmptyDictionary).Text("a.b").Tensor(1, 0, [1], [1]).Op(PickleOpcode.SetItem);
        pickle.Text("a").Op(PickleOpcode.EmptyDictionary).Text("b").Tensor(1, 0, [1], [1]).Op(PickleOpcode.SetItem).Op(PickleOpcode.SetItem);
        pickle.Text("c").Tensor(1, 0, [1], [1]).Op(PickleOpcode.SetItem);
        PickleBytes.WriteZip(Target, pickle.Stop(), more: ("archive/data/0", BitConverter.GetBytes(2.5f)));
        using var file = TensorFile.Open(Target);
        Assert.Equal(2.5f, file.Tensors["c"].Read().item<float>());
        Assert.Contains("two values named 'a.b'", Assert.Throws<TinySoraException>(() => file.Tensors["a.b"].Read()).Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[]> Programs => new()
    {
        { "as an argument", Beside(p => p.Global("collections", "Counter").Global("os", "system").Text("id").Op(PickleOpcode.Tuple1).Op(PickleOpcode.Reduce).Op(PickleOpcode.Tuple1).Op(PickleOpcode.Reduce)) },
        { "as the state", Beside(p => p.Global("datetime", "date").Op(PickleOpcode.EmptyTuple).Op(PickleOpcode.Reduce).Call().Op(PickleOpcode.Build)) },
        { "as an item", Beside(p => p.Global("omegaconf.listconfig", "ListConfig").Op(PickleOpcode.EmptyTuple).Op(PickleOpcode.NewObject).Call().Op(PickleOpcode.Append)) },
        { "as a key", Beside(p => p.Op(PickleOpcode.EmptyDictionary).Call().Text("x").Op(PickleOpcode.SetItem)) },
        { "in a path", Beside(p => p.Global("pathlib", "PosixPath").Call().Op(PickleOpcode.Tuple1).Op(PickleOpcode.Reduce)) },
        { "as the type of an array", Beside(p => p.Global("numpy.core.multiarray", "_reconstruct").Call().Op(PickleOpcode.Tuple1).Op(PickleOpcode.Reduce)) },
        { "as how a tensor is made", Beside(p => p.Global("torch._tensor", "_rebuild_from_type_v2").Call().Op(PickleOpcode.Tuple1).Op(PickleOpcode.Reduce)) },
        { "below a key that has no name", Beside(p => p.Op(PickleOpcode.EmptyDictionary).Op(PickleOpcode.None).Call().Op(PickleOpcode.SetItem)) },
        { "as what numpy would call", Beside(p => p.Global("numpy.random._pickle", "__generator_ctor").Text("id").Global("os", "system").Op(PickleOpcode.Tuple2).Op(PickleOpcode.Reduce)) },
        { "as what PyTorch would call", Beside(p => p.Global("torch._tensor", "_rebuild_from_type_v2").Global("os", "system").Global("torch", "Tensor").Op(PickleOpcode.EmptyTuple).Op(PickleOpcode.Tuple3).Op(PickleOpcode.Reduce)) },
        { "thrown away", Beside(p => p.Call().Op(PickleOpcode.Pop).Op(PickleOpcode.None)) },
    };

    [Theory]
    [MemberData(nameof(Programs))]
    public void Call_within_plain_data_is_refused_by_name(string where, byte[] pickle)
    {
        PickleBytes.WriteZip(Target, pickle, more: ("archive/data/0", new byte[4]));
        var error = Assert.Throws<TinySoraException>(() => TensorFile.Open(Target).Dispose());
        Assert.True(error.Id == "TinySora.Checkpoint.RunsCode", $"{where}: {error.Message}");
        Assert.Contains("would call os.system,", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Names similar to the allowed ones, and functions that are not constructors.</summary>
    [Theory]
    [InlineData("datetime", "datetime.strptime")]
    [InlineData("pathlib", "PosixPath.unlink")]
    [InlineData("pathlib", "os.system")]
    [InlineData("numpy", "load")]
    [InlineData("numpy.core.multiarray", "fromfile")]
    [InlineData("collections", "namedtuple")]
    [InlineData("functools", "partial")]
    [InlineData("operator", "attrgetter")]
    [InlineData("builtins", "getattr")]
    [InlineData("copyreg", "_reconstructor")]
    [InlineData("__main__", "Config")]
    [InlineData("torch", "load")]
    public void Other_names_are_refused(string module, string name)
    {
        PickleBytes.WriteZip(
            Target, Beside(p => p.Global(module, name).Text("x").Op(PickleOpcode.Tuple1).Op(PickleOpcode.Reduce)), more: ("archive/data/0", new byte[4]));
        var error = Assert.Throws<TinySoraException>(() => TensorFile.Open(Target).Dispose());
        Assert.Equal("TinySora.Checkpoint.RunsCode", error.Id);
        Assert.Contains($"would call {module}.{name},", error.Message, StringComparison.Ordinal);
    }

    /// <summary>An inert object can be neither called nor filled, like any other value.</summary>
    [Fact]
    public void Inert_object_cannot_be_called()
    {
        PickleBytes.WriteZip(Target, Beside(p => p.Global("datetime", "date").Op(PickleOpcode.EmptyTuple).Op(PickleOpcode.Reduce).Op(PickleOpcode.EmptyTuple).Op(PickleOpcode.Reduce)));
        var error = Assert.Throws<TinySoraException>(() => TensorFile.Open(Target).Dispose());
        Assert.Equal("TinySora.Checkpoint.Damaged", error.Id);
        Assert.Contains("calls a value that is not a function", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Returns a weight and, next to it, a value of a key.</summary>
    private static byte[] Beside(Action<PickleBytes> value)
    {
        var pickle = New().Op(PickleOpcode.EmptyDictionary).Text("weight").Tensor(1, 0, [1], [1]).Op(PickleOpcode.SetItem).Text("beside");
        value(pickle);
        return pickle.Op(PickleOpcode.SetItem).Stop();
    }

    private static PickleBytes New() => new();
}

file static class Calls
{
    /// <summary>A call of os.system, by its result.</summary>
    public static PickleBytes Call(this PickleBytes pickle) => pickle.Global("os", "system").Text("id").Op(PickleOpcode.Tuple1).Op(PickleOpcode.Reduce);
}
