using System.Collections;
using TorchSharp.Interop;

namespace TorchSharp.Utils;

/// <summary>The elements of a CPU tensor, in row-major order of its shape whatever its strides.</summary>
public sealed unsafe class TensorAccessor<T> : IDisposable, IEnumerable<T> where T : unmanaged
{
    private readonly torch.Tensor _tensor;
    private readonly T* _data;
    private readonly long[] _shape;
    private readonly long[] _strides;
    private readonly bool _contiguous;

    internal TensorAccessor(torch.Tensor tensor)
    {
        _tensor = tensor.alias();
        _data = (T*)Native.ts_tensor_data(_tensor.Handle);
        _shape = tensor.shape;
        _strides = tensor.stride();
        _contiguous = tensor.is_contiguous();
        Count = tensor.numel();
    }

    public long Count { get; }

    public T this[params long[] indices] => Read(*At(indices));

    public T[] ToArray()
    {
        var result = new T[Count];
        CopyTo(result);
        return result;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) =>
        CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var target = array[arrayIndex..];
        if (_contiguous)
        {
            new ReadOnlySpan<T>(_data + tensorIndex, checked((int)Math.Min(Count - tensorIndex, target.Length)))
                .CopyTo(target);
            GC.KeepAlive(this);
            return;
        }
        for (var i = 0; tensorIndex + i < Count && i < target.Length; i++)
        {
            target[i] = _data[Offset(tensorIndex + i)];
        }
        GC.KeepAlive(this);
    }

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)ToArray()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose() => _tensor.Dispose();

    // The tensor must not be finalized, and its memory freed, while its elements are read.
    private T Read(T value)
    {
        GC.KeepAlive(this);
        return value;
    }

    private T* At(long[] indices)
    {
        // One index into a tensor of another rank counts in row-major order.
        if (indices.Length == 1 && _shape.Length != 1)
        {
            return _data + Offset(indices[0]);
        }
        long offset = 0;
        for (var d = 0; d < indices.Length; d++)
        {
            if ((ulong)indices[d] >= (ulong)_shape[d])
            {
                throw new IndexOutOfRangeException($"Index {indices[d]} of dimension {d}, which has {_shape[d]}.");
            }
            offset += indices[d] * _strides[d];
        }
        return _data + offset;
    }

    private long Offset(long index)
    {
        if ((ulong)index >= (ulong)Count)
        {
            throw new IndexOutOfRangeException($"Index {index} of {Count} elements.");
        }
        if (_contiguous)
        {
            return index;
        }
        long offset = 0;
        for (var d = _shape.Length - 1; d >= 0; d--)
        {
            offset += index % _shape[d] * _strides[d];
            index /= _shape[d];
        }
        return offset;
    }
}
