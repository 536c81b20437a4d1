using System.Buffers.Binary;
using System.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Formats.Arrow;

/// <summary>Collects the values of one column until they are written as a batch.</summary>
internal sealed class ArrowColumnBuilder
{
    /// <summary>Element types that can be written: the element types of tensors, except Bool, which Arrow packs into bits.</summary>
    private static readonly Dictionary<ArrowElement, ScalarType> Types = ArrowArray.Formats
        .Where(item => !item.Value.Unsigned && item.Key != ArrowElement.Bool).ToDictionary(item => item.Key, item => item.Value.Type);

    private readonly ArrowColumn column;

    /// <summary>
    /// Offsets for each level of lists, from the outside in, and for the text: the start of each entry's elements, followed by the end of the last entry.
    /// </summary>
    private readonly List<int>[] offsets;
    private readonly MemoryStream data = new();

    /// <summary>Number of collected numbers, including those in lists.</summary>
    private long elements;

    public ArrowColumnBuilder(ArrowColumn column)
    {
        var isText = column.Element == ArrowElement.Text;
        if (column.Rank < 0 || (isText ? column.Rank > 0 : !Types.ContainsKey(column.Element)))
        {
            throw new ArgumentException($"Columns of {column.Element} with rank {column.Rank} cannot be written.", nameof(column));
        }

        this.column = column;
        offsets = new List<int>[isText ? 1 : column.Rank];
        Clear();
    }

    /// <summary>Size of the collected values in bytes.</summary>
    public long Bytes => data.Length + offsets.Sum(list => (long)list.Count * sizeof(int));

    /// <param name="value">A string, or a tensor of the column's type and rank.</param>
    public void Add(object value)
    {
        if (column.Element == ArrowElement.Text && value is string text)
        {
            data.Write(Encoding.UTF8.GetBytes(text));
            offsets[0].Add(checked((int)data.Length));
        }
        else if (value is Tensor tensor && Types.TryGetValue(column.Element, out var type) && tensor.dtype == type && tensor.shape.Length == column.Rank)
        {
            AddArray(tensor);
        }
        else
        {
            var found = value is Tensor other ? $"a tensor of {other.dtype} with {other.shape.Length} axes" : $"{value.GetType()}";
            throw new ArgumentException($"Column {column.Name} requires {column.Element} of rank {column.Rank}, not {found}.", nameof(value));
        }
    }

    /// <summary>Appends the column's arrays (length, number of missing values) and buffers, from the outside in.</summary>
    public void Describe(long rows, List<long> nodes, List<ReadOnlyMemory<byte>> buffers)
    {
        // No values are ever missing, so the validity bitmap may be omitted.
        var length = rows;
        foreach (var list in offsets)
        {
            nodes.AddRange([length, 0]);
            buffers.Add(default);
            buffers.Add(Bytes32(list));
            length = list[^1];
        }

        if (column.Element != ArrowElement.Text)
        {
            nodes.AddRange([elements, 0]);
            buffers.Add(default);
        }

        buffers.Add(data.GetBuffer().AsMemory(0, (int)data.Length));
    }

    public void Clear()
    {
        for (var level = 0; level < offsets.Length; level++)
        {
            offsets[level] = [0];
        }

        data.SetLength(0);
        elements = 0;
    }

    private void AddArray(Tensor tensor)
    {
        // Check all numbers against their limits first, so that a row is added completely or not at all.
        _ = checked((int)(elements + tensor.numel()));
        var lists = 1L;
        for (var level = 0; level < offsets.Length; level++)
        {
            for (var i = 0L; i < lists; i++)
            {
                offsets[level].Add(checked((int)(offsets[level][^1] + tensor.shape[level])));
            }

            lists *= tensor.shape[level];
        }

        TensorBytes.Write(tensor, data.Write);
        elements += tensor.numel();
    }

    private static byte[] Bytes32(List<int> numbers)
    {
        var bytes = new byte[numbers.Count * sizeof(int)];
        for (var i = 0; i < numbers.Count; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * sizeof(int)), numbers[i]);
        }

        return bytes;
    }
}
