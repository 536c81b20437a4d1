using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Arrow;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Formats.Arrow;

/// <summary>Hundreds of damaged files. `build.sh mutate` omits these tests because they take seconds for each change.</summary>
public sealed class ArrowDamageTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData("large")]
    [InlineData("foreign_file")]
    public void File_truncated_anywhere_is_refused(string name)
    {
        var whole = File.ReadAllBytes(Golden(name));
        for (var length = 0; length < whole.Length; length += 7)
        {
            File.WriteAllBytes(folder.File("a.arrow"), whole[..length]);
            Assert.Equal("TinySora.Data.ArrowUnreadable", Assert.Throws<TinySoraException>(() => ArrowDataset.Open(folder.File("a.arrow"))).Id);
        }
    }

    [Theory]
    [InlineData("large")]
    [InlineData("foreign_file")]
    public void File_with_any_byte_altered_is_read_or_refused_as_invalid_data(string name)
    {
        var whole = File.ReadAllBytes(Golden(name));
        var refused = 0;
        for (var i = 0; i < whole.Length; i += 3)
        {
            byte[] changed = [.. whole];
            changed[i] = (byte)(i % 2 == 0 ? 0xff : changed[i] ^ 0x41);
            File.WriteAllBytes(folder.File("a.arrow"), changed);
            try
            {
                using var dataset = ArrowDataset.Open(folder.File("a.arrow"));
                for (var row = 0L; row < Math.Min(dataset.Count, 4); row++)
                {
                    foreach (var column in dataset.Columns)
                    {
                        _ = column.Element == ArrowElement.Text ? (object?)dataset.ReadText(row, column.Name) : dataset.ReadTensor(row, column.Name);
                    }
                }
            }
            catch (TinySoraException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, whole.Length / 30, whole.Length / 3);
    }

    private static string Golden(string name) => Path.Combine(AppContext.BaseDirectory, "Golden", "Arrow", $"{name}.arrow");
}
