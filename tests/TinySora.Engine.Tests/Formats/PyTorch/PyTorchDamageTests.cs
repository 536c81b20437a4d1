using TinySora.Engine.Errors;
using TinySora.Engine.Formats.PyTorch;
using TinySora.Engine.Formats.Weights;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Formats.PyTorch;

/// <summary>Hundreds of damaged files, and large malicious ones. `build.sh mutate` omits these tests because they take seconds for each change.</summary>
public sealed class PyTorchDamageTests : IDisposable
{
    private const string Damaged = "TinySora.Checkpoint.Damaged";

    private readonly TemporaryFolder folder = new();

    private string Target => folder.File("bad.pt");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("zip.pt")]
    [InlineData("legacy.pt")]
    public void File_truncated_anywhere_is_refused(string name)
    {
        var whole = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", "PyTorch", name));
        for (var length = 1; length < whole.Length; length += 97)
        {
            File.WriteAllBytes(Target, whole[..length]);
            var error = Assert.Throws<TinySoraException>(() => TensorFile.Open(Target).Dispose());
            Assert.Contains(error.Id, new[] { Damaged, "TinySora.Checkpoint.NotPyTorch" });
        }
    }

    // The reader never crashes on a single altered byte: it reads the file or refuses it.
    [Theory]
    [InlineData("zip.pt", 17)]
    [InlineData("legacy.pt", 11)]
    public void Altered_byte_results_in_data_or_a_clear_error(string name, int stride)
    {
        var bytes = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", "PyTorch", name));
        for (var position = 0; position < bytes.Length; position += stride)
        {
            bytes[position] ^= 0x55;
            File.WriteAllBytes(Target, bytes);
            try
            {
                using var scope = NewDisposeScope();
                using var file = TensorFile.Open(Target);
                foreach (var tensor in file.Tensors.Values)
                {
                    Assert.Equal(tensor.Shape, tensor.Read().shape);
                }
            }
            catch (TinySoraException error)
            {
                Assert.StartsWith("TinySora.Checkpoint.", error.Id, StringComparison.Ordinal);
            }

            bytes[position] ^= 0x55;
        }
    }

    /// <summary>Not a theory, because a test runner would hold the megabytes of each file.</summary>
    [Fact]
    public void Number_of_values_is_limited()
    {
        foreach (var pickle in new Func<byte[]>[] { () => Many(PickleOpcode.EmptyDictionary), () => Many(PickleOpcode.Mark), Copies })
        {
            File.Delete(Target);
            PickleBytes.WriteZip(Target, pickle());
            var before = GC.GetTotalAllocatedBytes();
            var error = Assert.Throws<TinySoraException>(() => TensorFile.Open(Target).Dispose());
            Assert.Equal(Damaged, error.Id);
            Assert.Contains("more than 2,000,000 values", error.Message, StringComparison.Ordinal);
            Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 2L << 30);
        }

        static byte[] Many(PickleOpcode opcode) => new PickleBytes().Raw([.. Enumerable.Repeat((byte)opcode, 2_500_000)]).Stop();
    }

    /// <param name="others">Number of entries besides the pickle.</param>
    [Theory]
    [InlineData(199_999, false)]
    [InlineData(200_000, true)]
    public void Number_of_entries_is_limited(int others, bool isTooMany)
    {
        using (var stream = File.Create(Target))
        {
            var writer = new AlignedZipWriter(stream);
            var pickle = new PickleBytes().Op(PickleOpcode.EmptyDictionary).Stop();
            writer.Add("a/data.pkl", pickle.Length, sink => sink(pickle));
            for (var i = 0; i < others; i++)
            {
                writer.Add($"{i}", 0, _ => { });
            }

            writer.Finish();
        }

        var error = Record.Exception(() => TensorFile.Open(Target).Dispose());
        Assert.Equal(isTooMany ? $"'{Target}' is corrupt: it has 200001 entries, which is too many." : null, error?.Message);
    }

    /// <summary>Returns a large value that is stored once and copied repeatedly.</summary>
    private static byte[] Copies()
    {
        var pickle = new PickleBytes().Op(PickleOpcode.Unicode, 0, 0, 16, 0).Raw(new byte[1 << 20]).Text("latin1").Op(PickleOpcode.Tuple2).Op(PickleOpcode.Put, 0);
        pickle.Global("_codecs", "encode").Op(PickleOpcode.Put, 1);
        for (var i = 0; i < 100_000; i++)
        {
            pickle.Raw([(byte)PickleOpcode.Get, 1, (byte)PickleOpcode.Get, 0, (byte)PickleOpcode.Reduce]);
        }

        return pickle.Stop();
    }
}
