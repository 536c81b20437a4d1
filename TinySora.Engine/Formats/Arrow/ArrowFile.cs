using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Formats.Arrow;

/// <summary>
/// An open Arrow file, in the stream format or the file format based on it ("Serialization and Interprocess Communication" in Arrow's columnar format
/// specification). It consists of messages, each with a length, a FlatBuffer and a body: the schema, batches of rows, and an end mark. Opening the file
/// reads the messages' metadata, but no values.
/// </summary>
internal sealed class ArrowFile : IDisposable
{
    private const int MinLength = 8;

    /// <summary>Number of values in a <c>Block</c> of Arrow's File.fbs: the offset, the length of the padded metadata, and the length of the body.</summary>
    private const int NumbersOfBlock = 3;
    private const int ContinuationMark = -1;

    /// <summary>Range of supported metadata versions, V4 and V5. Files from before Arrow 0.8 have a different layout.</summary>
    private const long OldestVersion = 3, NewestVersion = 4;
    private const long SchemaMessage = 1, DictionaryMessage = 2, BatchMessage = 3;

    /// <summary>Maximum length in bytes of the metadata of a schema or batch.</summary>
    private const int LongestMetadata = 100_000_000;

    private readonly RandomAccessFile file;
    private readonly List<Batch> batches = [];
    private IReadOnlyList<ArrowField>? fields;

    /// <summary>Batch that contains the row that was read last. It is kept because rows are usually read in order.</summary>
    private volatile LoadedBatch? last;

    private ArrowFile(string path, RandomAccessFile file)
    {
        Path = path;
        this.file = file;
        if (file.Length < MinLength)
        {
            throw new InvalidDataException($"it is too short, with only {file.Length} bytes");
        }

        ReadMessages();
    }

    private FileSlice Bytes => file.Bytes;

    private static ReadOnlySpan<byte> Mark => "ARROW1"u8;

    public string Path { get; }

    public IReadOnlyList<ArrowField> Fields => fields!;

    public long Rows => batches.Count == 0 ? 0 : batches[^1].FirstRow + batches[^1].Rows;

    /// <exception cref="TinySoraException">TinySora.Data.ArrowUnreadable.</exception>
    public static ArrowFile Open(string path)
    {
        try
        {
            var file = RandomAccessFile.Open(path);
            return OnFailure.Dispose(file, () => new ArrowFile(path, file));
        }
        catch (Exception e) when (FileFailure.Is(e) || e is InvalidDataException)
        {
            throw ArrowErrors.Unreadable(path, e.Message.TrimEnd('.'), e);
        }
    }

    /// <summary>Returns the columns of the batch that contains a row, and the row's index in the batch.</summary>
    public (ArrowArray[] Columns, long Row) Find(long row)
    {
        var (low, high) = (0, batches.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = batches[middle].FirstRow <= row ? (middle, high) : (low, middle - 1);
        }

        var batch = batches[low];
        var found = last;
        if (found?.Batch != batch)
        {
            var message = FlatTable.Root(Bytes.Read(batch.Metadata, batch.MetadataLength));
            last = found = new LoadedBatch(batch, ArrowArray.ReadBatch(Fields, message.Table(2), Bytes.Slice(batch.Body, batch.BodyLength)));
        }

        return (found.Columns, row - batch.FirstRow);
    }

    public void Dispose() => file.Dispose();

    private void ReadMessages()
    {
        if (Bytes.Read(0, Mark.Length).AsSpan().SequenceEqual(Mark))
        {
            ReadTableOfContents();
        }
        else
        {
            ReadStream();
        }
    }

    private void ReadStream()
    {
        for (var position = 0L; NextLength(ref position, Bytes.Length) is var metadataLength and not 0;)
        {
            position = ReadMessage(position, metadataLength, Bytes.Length);
        }

        if (fields == null)
        {
            throw new InvalidDataException("it has no schema");
        }
    }

    /// <summary>Reads the footer of a file that begins and ends with a mark. The schema and the positions of the batches precede the mark at the end.</summary>
    private void ReadTableOfContents()
    {
        var lengthAt = Bytes.Length - Mark.Length - sizeof(int);
        if (lengthAt < MinLength || !Bytes.Read(Bytes.Length - Mark.Length, Mark.Length).AsSpan().SequenceEqual(Mark))
        {
            throw new InvalidDataException(CutShort(Bytes.Length));
        }

        var length = Bytes.Int32(lengthAt);
        var end = lengthAt - length;
        var footer = FlatTable.Root(Description(end, length));
        fields = ArrowField.ReadSchema(footer.Table(1));
        var blocks = footer.Structs(3, NumbersOfBlock);
        var position = (long)MinLength;
        for (var i = 0; i < blocks.Length; i += NumbersOfBlock)
        {
            // All writers list batches in row order. Without this check, a file could list the same bytes many times.
            if (blocks[i] < position)
            {
                throw new InvalidDataException("its batches are not listed in order");
            }

            position = blocks[i];
            var metadataLength = NextLength(ref position, end);
            position = ReadMessage(position, metadataLength, end);
        }
    }

    /// <summary>Returns the length of the FlatBuffer that follows; 0 at the end mark.</summary>
    private int NextLength(ref long position, long end)
    {
        var length = Next(ref position, end);
        if (length == ContinuationMark)
        {
            length = Next(ref position, end);
        }

        return length >= 0 && length <= end - position ? length
            : throw new InvalidDataException(fields == null ? "it does not begin like an Arrow stream" : CutShort(end));
    }

    private int Next(ref long position, long end)
    {
        if (end - position < sizeof(int))
        {
            throw new InvalidDataException(CutShort(end));
        }

        position += sizeof(int);
        return Bytes.Int32(position - sizeof(int));
    }

    /// <returns>The position after the end of the message.</returns>
    private long ReadMessage(long position, int metadataLength, long end)
    {
        var message = FlatTable.Root(Description(position, metadataLength));
        var (version, kind, bodyLength) = (message.Number(0, sizeof(short)), message.Number(1, 1), message.Number(3, sizeof(long)));
        var body = position + metadataLength;
        if (version is < OldestVersion or > NewestVersion)
        {
            throw new InvalidDataException($"its metadata has version V{version + 1}, but only V4 and V5 are supported");
        }

        if (bodyLength < 0 || bodyLength > end - body)
        {
            throw new InvalidDataException(CutShort(end));
        }

        if (kind == SchemaMessage && fields == null)
        {
            fields = ArrowField.ReadSchema(message.Table(2));
        }
        else if (kind == BatchMessage && fields != null)
        {
            AddBatch(message.Table(2), new Batch(position, metadataLength, body, bodyLength, Rows, 0));
        }
        else if (kind != DictionaryMessage || fields == null)
        {
            throw new InvalidDataException($"it contains a message of the unexpected type {kind}");
        }

        return body + bodyLength;
    }

    private void AddBatch(FlatTable table, Batch batch)
    {
        if (table.Has(3))
        {
            var codec = table.Table(3).Number(0, 1) == 0 ? "LZ4" : "ZSTD";
            throw new InvalidDataException($"its data is compressed ({codec}), which is not supported");
        }

        var rows = table.Number(0, sizeof(long));
        if (rows is < 0 or > int.MaxValue)
        {
            throw new InvalidDataException($"one of its batches has an invalid number of rows, {rows}");
        }

        ArrowArray.ReadBatch(Fields, table, Bytes.Slice(batch.Body, batch.BodyLength));
        batches.Add(batch with { Rows = rows });
    }

    private byte[] Description(long position, int length) => length <= LongestMetadata ? Bytes.Read(position, length)
        : throw new InvalidDataException($"one of its messages has {length} bytes of metadata, which is too long");

    private static string CutShort(long length) => $"it is truncated: it has {length} bytes and no end mark";

    private sealed record Batch(long Metadata, int MetadataLength, long Body, long BodyLength, long FirstRow, long Rows);

    private sealed record LoadedBatch(Batch Batch, ArrowArray[] Columns);
}
