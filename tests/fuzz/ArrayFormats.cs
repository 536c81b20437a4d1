using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Arrow;
using TinySora.Engine.Formats.Numpy;
using static TinySora.Fuzz.Samples;

namespace TinySora.Fuzz;

/// <summary>Files of arrays and of tables.</summary>
internal static class ArrayFormats
{
    /// <param name="golden">See <see cref="FuzzedFormats"/>.</param>
    public static IEnumerable<Format> All(string golden) =>
    [
        new("npy", "array.npy", () => Files(Path.Combine(golden, "Npy"), "*.npy"), Npy)
        {
            Words = ["'descr'", "'<f4'", "'>i8'", "'|O'", "'fortran_order'", "True", "'shape'", "(1, 2,)", "()", "(0,)"],
        },
        new("arrow", "data.arrow", () => Files(Path.Combine(golden, "Arrow"), "*.arrow"), Arrow) { Words = ["ARROW1", "huggingface"] },
    ];

    private static void Npy(string path)
    {
        NpyFile.Read(path).Dispose();
        using var array = NpyArray.Open(path);
        array.Read(0, array.Shape[0]).Dispose();
    }

    /// <summary>Reads every column as each of its two possible types.</summary>
    private static void Arrow(string path)
    {
        using var data = ArrowDataset.Open(path);
        foreach (var column in data.Columns)
        {
            for (var row = 0L; row < Math.Min(data.Count, 3); row++)
            {
                Try(() => data.ReadText(row, column.Name));
                Try(() => data.ReadTensor(row, column.Name)?.Dispose());
            }
        }

        static void Try(Action read)
        {
            try
            {
                read();
            }
            catch (TinySoraException)
            {
                // Continue with the other columns.
            }
        }
    }
}
