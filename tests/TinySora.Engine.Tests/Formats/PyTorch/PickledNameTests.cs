using TinySora.Engine.Errors;
using TinySora.Engine.Formats.PyTorch;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Formats.PyTorch;

/// <summary>Unknown Python names may occur as data; using one in any other way is refused.</summary>
public sealed class PickledNameTests : IDisposable
{
    private const string Callback = "pytorch_lightning.callbacks.model_checkpoint";

    private readonly TemporaryFolder folder = new();

    private string Target => folder.File("named.pt");

    public void Dispose() => folder.Dispose();

    public static TheoryData<string, byte[]> Acts => new()
    {
        { "called with a tuple", Name().Op(PickleOpcode.EmptyTuple).Op(PickleOpcode.Reduce).Stop() },
        { "called with a list", Name().Op(PickleOpcode.EmptyList).Op(PickleOpcode.Reduce).Stop() },
        { "remembered and called", Name().Op(PickleOpcode.Put, 0).Op(PickleOpcode.Pop).Op(PickleOpcode.Get, 0).Op(PickleOpcode.EmptyTuple).Op(PickleOpcode.Reduce).Stop() },
        { "NEWOBJ", Name().Op(PickleOpcode.EmptyTuple).Op(PickleOpcode.NewObject).Stop() },
        { "NEWOBJ_EX", Name().Op(PickleOpcode.EmptyTuple).Op(PickleOpcode.EmptyDictionary).Op(PickleOpcode.NewObjectByKeywords).Stop() },
        { "OBJ", New().Op(PickleOpcode.Mark).Raw("cos\nenviron\n"u8).Text("id").Op(PickleOpcode.Object).Stop() },
        { "INST", New().Op(PickleOpcode.Mark).Text("id").Op(PickleOpcode.Instance).Raw("os\nenviron\n"u8).Stop() },
        { "BUILD", Name().Op(PickleOpcode.EmptyDictionary).Op(PickleOpcode.Build).Stop() },
        { "APPEND", Name().Text("x").Op(PickleOpcode.Append).Stop() },
        { "APPENDS", Name().Op(PickleOpcode.Mark).Text("x").Op(PickleOpcode.Appends).Stop() },
        { "ADDITEMS", Name().Op(PickleOpcode.Mark).Text("x").Op(PickleOpcode.AddItems).Stop() },
        { "SETITEM", Name().Text("PATH").Text("x").Op(PickleOpcode.SetItem).Stop() },
        { "SETITEMS", Name().Op(PickleOpcode.Mark).Text("PATH").Text("x").Op(PickleOpcode.SetItems).Stop() },
        { "BINPERSID", New().Op(PickleOpcode.Mark).Text("storage").Global("os", "environ").Text("0").Text("cpu").Int(1).Op(PickleOpcode.Tuple).Op(PickleOpcode.PersistentId).Stop() },
    };

    [Theory]
    [MemberData(nameof(Acts))]
    public void Use_of_an_unknown_name_is_refused(string act, byte[] pickle)
    {
        PickleBytes.WriteZip(Target, pickle);
        var error = Refused();
        Assert.True(error.Id == "TinySora.Checkpoint.RunsCode", act);
        Assert.Contains("would call os.environ,", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Lightning before 1.4 stored the states of callbacks by class.</summary>
    [Fact]
    public void Unknown_names_are_allowed_as_keys_and_values()
    {
        var pickle = New().Op(PickleOpcode.EmptyDictionary).Op(PickleOpcode.Mark);
        pickle.Text("callbacks").Op(PickleOpcode.EmptyDictionary).Global(Callback, "ModelCheckpoint");
        pickle.Op(PickleOpcode.EmptyDictionary).Text("monitor").Text("val/loss").Op(PickleOpcode.SetItem).Op(PickleOpcode.SetItem);
        pickle.Text("classes").Global("os", "environ").Op(PickleOpcode.Tuple1).Text("activation").Global("torch.nn.functional", "gelu");
        pickle.Text("weight").Tensor(1, 0, [1], [1]).Op(PickleOpcode.SetItems);
        PickleBytes.WriteZip(Target, pickle.Stop(), more: ("archive/data/0", BitConverter.GetBytes(2.5f)));

        using var scope = NewDisposeScope();
        using var file = PyTorchFile.Open(Target);
        Assert.Equal(KeyValuePair.Create($"callbacks.{Callback}.ModelCheckpoint.monitor", "val/loss"), Assert.Single(file.Metadata));
        Assert.Equal(2.5f, Assert.Single(file.Tensors).Value.Read().item<float>());
    }

    /// <summary>Two texts, from which every three further bytes of the file make a new name.</summary>
    [Fact]
    public void Many_long_names_do_not_exhaust_memory()
    {
        var text = new string('x', 200);
        var pickle = New().Text(text).Op(PickleOpcode.Put, 0);
        for (var i = 0; i < 300_000; i++)
        {
            pickle.Op(PickleOpcode.Get, 0).Op(PickleOpcode.Get, 0).Op(PickleOpcode.StackGlobal);
        }

        PickleBytes.WriteZip(Target, pickle.Stop());
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("more than 2,000,000 values", Refused().Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 128 << 20);
    }

    private static PickleBytes New() => new();

    private static PickleBytes Name() => New().Global("os", "environ");

    private TinySoraException Refused() => Assert.Throws<TinySoraException>(() => PyTorchFile.Open(Target).Dispose());
}
