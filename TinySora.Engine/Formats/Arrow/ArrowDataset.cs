using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Formats.Arrow;

/// <summary>
/// Rows of a Hugging Face dataset on disk, or of several that are read one after the other. The files stay open: a row
/// is read when it is requested, in any order and from any thread.
/// </summary>
public sealed class ArrowDataset : IDisposable
{
    private readonly List<ArrowFile> files = [];
    private readonly List<long> firstRows = [];
    private ArrowColumn[] columns = [];

    private ArrowDataset()
    {
    }

    public long Count { get; private set; }

    public IReadOnlyList<ArrowColumn> Columns => columns;

    /// <param name="paths">Folders that <c>save_to_disk</c> wrote, or <c>.arrow</c> files; rows come in this order.</param>
    /// <exception cref="TinySoraException">TinySora.Data.ArrowUnreadable, NoArrowDataset, OtherArrowColumns.</exception>
    public static ArrowDataset Open(params string[] paths)
    {
        var dataset = new ArrowDataset();
        try
        {
            foreach (var path in paths.SelectMany(path => File.Exists(path) ? [path] : HuggingFaceFolder.DataFiles(path)))
            {
                dataset.Add(ArrowFile.Open(path));
            }

            return dataset;
        }
        catch
        {
            dataset.Dispose();
            throw;
        }
    }

    /// <summary>What the dataset in a folder, or around a data file, says of itself; empty: nothing.</summary>
    public static string DescriptionOf(string path) => HuggingFaceFolder.Description(File.Exists(path) ? Path.GetDirectoryName(Path.GetFullPath(path))! : path);

    public bool HasColumn(string name) => Columns.Any(column => column.Name == name);

    /// <summary>The text of a row; null where it is missing.</summary>
    /// <exception cref="TinySoraException">
    /// TinySora.Data.ArrowColumnMissing, ArrowValueUnusable; ArrowUnreadable, for example because another program has shortened the file.
    /// </exception>
    public string? ReadText(long row, string column) => Read(row, column, (array, position) => array.ReadText(position));

    /// <summary>
    /// The numbers of a row, on the CPU; null where they are missing. Nested lists are the axes of the tensor and must be of equal
    /// lengths; axes inside an empty list are of length 0, unless the column's type says otherwise. Unsigned integers become the
    /// next wider signed ones, but for bytes.
    /// </summary>
    /// <inheritdoc cref="ReadText"/>
    public Tensor? ReadTensor(long row, string column) => Read(row, column, (array, position) => array.ReadTensor(position));

    public void Dispose() => files.ForEach(file => file.Dispose());

    private void Add(ArrowFile file)
    {
        files.Add(file);
        firstRows.Add(Count);
        Count += file.Rows;
        ArrowColumn[] found = [.. file.Fields.Select(field => field.Column)];
        if (files.Count == 1)
        {
            columns = found;
        }
        else if (!found.SequenceEqual(columns))
        {
            throw ArrowErrors.OtherColumns(file.Path, files[0].Path);
        }
    }

    private T Read<T>(long row, string column, Func<ArrowArray, long, T> read)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Count);
        var found = firstRows.BinarySearch(row);
        if (found < 0)
        {
            found = ~found - 1;
        }

        // Files without rows begin where the one after them does.
        while (files[found].Rows == 0 || row - firstRows[found] >= files[found].Rows)
        {
            found++;
        }

        var file = files[found];
        var index = Array.FindIndex(columns, item => item.Name == column);
        if (index < 0)
        {
            throw ArrowErrors.ColumnMissing(file.Path, column, columns.Select(item => item.Name));
        }

        try
        {
            var (arrays, position) = file.Find(row - firstRows[found]);
            return read(arrays[index], position);
        }
        catch (InvalidDataException e)
        {
            throw ArrowErrors.ValueUnusable(file.Path, column, row - firstRows[found], e.Message);
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            throw ArrowErrors.Unreadable(file.Path, e.Message.TrimEnd('.'), e);
        }
    }
}
