using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Formats.Arrow;

/// <summary>
/// The concatenated rows of one or more Hugging Face datasets on disk. The files remain open, and rows are read on request, in any order and from any
/// thread.
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

    /// <param name="paths">Folders written by <c>save_to_disk</c>, or <c>.arrow</c> files, in the order of their rows.</param>
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

    /// <summary>Returns the description of the dataset in a folder, or of the dataset that contains a data file; empty if there is none.</summary>
    public static string DescriptionOf(string path) => HuggingFaceFolder.Description(File.Exists(path) ? Path.GetDirectoryName(Path.GetFullPath(path))! : path);

    public bool HasColumn(string name) => Columns.Any(column => column.Name == name);

    /// <summary>Reads the text of a row; <c>null</c> if it is missing.</summary>
    /// <exception cref="TinySoraException">
    /// TinySora.Data.ArrowColumnMissing, ArrowValueUnusable; ArrowUnreadable, for example because another program has truncated the file.
    /// </exception>
    public string? ReadText(long row, string column) => Read(row, column, (array, position) => array.ReadText(position));

    /// <summary>
    /// Reads the numbers in a row into a tensor on the CPU; returns <c>null</c> if they are missing. Each level of nested lists becomes an axis, so the
    /// lists must have equal lengths. Axes inside an empty list have length 0, unless the column's type defines their length. Unsigned integers other than
    /// bytes are converted to the next wider signed type.
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

        // A file without rows has the same first row as the next file.
        while (row - firstRows[found] >= files[found].Rows)
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
