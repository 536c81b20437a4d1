using System.Security.Cryptography;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Formats.Arrow;

/// <summary>
/// Writes a dataset row by row, with bounded memory, for <c>load_from_disk</c> in Hugging Face datasets. Until the dataset is complete, its folder is
/// called <c>name.partial</c>; the next writer with the same name replaces an incomplete folder.
/// </summary>
public sealed class ArrowDatasetWriter : IDisposable
{
    private const int RowsPerBatch = 1000;
    private const long BytesPerBatch = 16 << 20;

    private readonly string folder;
    private readonly string? split;
    private readonly string description;
    private readonly IReadOnlyList<ArrowColumn> columns;
    private readonly ArrowColumnBuilder[] builders;
    private readonly long bytesPerFile;
    private readonly IncrementalHash contents = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    private FileStream? stream;
    private ArrowStreamWriter? writer;
    private int files;
    private int waiting;

    private ArrowDatasetWriter(string folder, IReadOnlyList<ArrowColumn> columns, string? split, long bytesPerFile, string description)
    {
        this.folder = folder;
        this.columns = columns;
        this.split = split;
        this.bytesPerFile = bytesPerFile;
        this.description = description;
        builders = [.. columns.Select(column => new ArrowColumnBuilder(column))];
    }

    /// <summary>Number of rows added.</summary>
    public long Count { get; private set; }

    private string Partial => folder + AtomicFile.PartialSuffix;

    /// <param name="folder">Folder to create; it must not exist yet.</param>
    /// <param name="columns">Columns of the dataset: text of rank 0, or numbers of a type that tensors support, of any rank.</param>
    /// <param name="split">Split that the dataset belongs to: train, val or test.</param>
    /// <param name="bytesPerFile">Size after which a new data file is started. The default is the same as in Hugging Face datasets.</param>
    /// <param name="description">Description of the dataset; see <see cref="ArrowDataset.DescriptionOf"/>.</param>
    /// <exception cref="TinySoraException">TinySora.Data.OutputExists, CannotWrite.</exception>
    public static ArrowDatasetWriter Create(
        string folder, IReadOnlyList<ArrowColumn> columns, string? split = null, long bytesPerFile = 500_000_000, string description = "")
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (Path.Exists(folder))
        {
            throw DataErrors.OutputExists(folder);
        }

        var writer = new ArrowDatasetWriter(folder, columns, split, bytesPerFile, description);
        writer.Try(() =>
        {
            NewFolder.Delete(writer.Partial);
            Directory.CreateDirectory(writer.Partial);
            writer.BeginFile();
        });
        return writer;
    }

    /// <summary>Adds a row. Tensors are copied.</summary>
    /// <param name="values">One value per column, in order: a string for text, otherwise a tensor of the column's type with an axis for each list.</param>
    /// <exception cref="TinySoraException">TinySora.Data.CannotWrite.</exception>
    /// <exception cref="ArgumentException">A value does not match its column. After this error, neither the row nor the dataset can be completed.</exception>
    public void Add(params object[] values)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, columns.Count);
        for (var i = 0; i < values.Length; i++)
        {
            builders[i].Add(values[i]);
        }

        Count++;
        waiting++;
        if (waiting == RowsPerBatch || builders.Sum(builder => builder.Bytes) >= BytesPerBatch)
        {
            Try(() =>
            {
                WriteBatch();
                if (stream!.Length >= bytesPerFile)
                {
                    EndFile();
                    BeginFile();
                }
            });
        }
    }

    /// <summary>Writes the remaining rows, then renames the folder to its final name.</summary>
    /// <param name="beforeNaming">Receives the complete folder just before it is renamed.</param>
    /// <exception cref="TinySoraException">TinySora.Data.CannotWrite.</exception>
    public void Complete(Action<string>? beforeNaming = null) => Try(() =>
    {
        if (waiting > 0)
        {
            WriteBatch();
        }

        EndFile();
        string[] names = [.. Enumerable.Range(0, files).Select(i => $"data-{i:D5}-of-{files:D5}.arrow")];
        for (var i = 0; i < files; i++)
        {
            File.Move(FilePath(i), Path.Combine(Partial, names[i]));
        }

        HuggingFaceFolder.Write(Partial, columns, names, Convert.ToHexString(contents.GetHashAndReset())[..16].ToLowerInvariant(), split, description);
        DiskFlush.FlushFolder(Partial, DataErrors.CannotWrite);
        beforeNaming?.Invoke(Partial);
        Directory.Move(Partial, folder);
        DiskFlush.NoteName(folder);
    });

    /// <summary>Closes the dataset; deletes it if it was not completed.</summary>
    public void Dispose()
    {
        stream?.Dispose();
        contents.Dispose();
        OnFailure.Ignore(() => NewFolder.Delete(Partial)); // the next writer deletes the folder
    }

    private void BeginFile()
    {
        stream = new FileStream(FilePath(files++), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20);
        writer = new ArrowStreamWriter(stream, columns, HuggingFaceFolder.SchemaMetadata(columns));
    }

    private void WriteBatch()
    {
        var (nodes, buffers) = (new List<long>(), new List<ReadOnlyMemory<byte>>());
        foreach (var builder in builders)
        {
            builder.Describe(waiting, nodes, buffers);
        }

        writer!.Write(waiting, nodes, buffers);
        foreach (var buffer in buffers)
        {
            contents.AppendData(buffer.Span);
        }

        foreach (var builder in builders)
        {
            builder.Clear();
        }

        waiting = 0;
    }

    private void EndFile()
    {
        writer!.Finish();
        stream!.Dispose();
    }

    private string FilePath(int number) => Path.Combine(Partial, $"{number}.arrow");

    private void Try(Action action) => OnFailure.Throw(folder, DataErrors.CannotWrite, action);
}
