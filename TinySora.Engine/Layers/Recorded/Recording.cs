using TinySora.Engine.Compute.Native;
using static TorchSharp.torch;

namespace TinySora.Engine.Layers.Recorded;

/// <summary>
/// Records the kernel calls of a forward pass over <see cref="RecordedTensor"/> values, for weights and conditions that do not change: operations that do
/// not depend on an input run once, while recording.
/// </summary>
/// <remarks>Only float32 on the CPU. Every result is float32; integers and booleans are stored as such numbers.</remarks>
internal sealed class Recording
{
    private readonly List<(string Kernel, RecordedTensor?[] Tensors, long[] Scalars)> calls = [];
    private readonly HashSet<Storage> storages = [];
    private readonly Dictionary<nint, Storage> constants = [];
    private readonly Dictionary<(nint Weight, object Name), RecordedTensor> prepared = [];

    /// <summary>Tensors outside the block, which must outlive the program.</summary>
    private readonly List<Tensor> kept = [];

    /// <summary>Tensors outside the block that the program disposes.</summary>
    private readonly List<Tensor> owned = [];

    /// <summary>Creates a value that is set before each run.</summary>
    public RecordedTensor Input(ScalarType type, params long[] shape)
    {
        var input = Result(shape, type);
        input.Storage.Use(0);
        return input;
    }

    /// <summary>Creates uninitialized contiguous memory for a result.</summary>
    public RecordedTensor Result(long[] shape, ScalarType type = ScalarType.Float32)
    {
        var storage = new Storage(shape.Aggregate(1L, (a, b) => a * b));
        storages.Add(storage);
        return new RecordedTensor(this, storage, type, shape);
    }

    /// <summary>Returns a tensor as a constant of the program, whose memory must not be freed before the program.</summary>
    public RecordedTensor Constant(Tensor value)
    {
        if (value.dtype != ScalarType.Float32 || !value.is_contiguous())
        {
            using var scope = NewDisposeScope();
            using var nothing = no_grad();
            return Own(value.to(ScalarType.Float32).contiguous(), value.dtype);
        }

        kept.Add(value);
        return Find(value, value.dtype);
    }

    /// <summary>Takes ownership of a contiguous float32 tensor.</summary>
    /// <param name="type">Type that it represents.</param>
    public RecordedTensor Own(Tensor value, ScalarType type = ScalarType.Float32)
    {
        owned.Add(value.DetachFromDisposeScope());
        return Find(value, type);
    }

    /// <summary>Returns a rearranged weight, which is computed once.</summary>
    /// <param name="name">Distinguishes several tensors derived from the same weight.</param>
    /// <param name="arrange">Function whose result is contiguous.</param>
    public RecordedTensor Prepare(Tensor weight, object name, Func<Tensor, Tensor> arrange)
    {
        if (!prepared.TryGetValue((weight.Handle, name), out var made))
        {
            using var scope = NewDisposeScope();
            using var nothing = no_grad();
            prepared[(weight.Handle, name)] = made = Own(arrange(weight).alias());
        }

        return made;
    }

    /// <param name="tensors">Arguments in the order of the kernel's declaration; <c>null</c> for an absent one.</param>
    public void Call(string kernel, RecordedTensor?[] tensors, params long[] scalars)
    {
        foreach (var tensor in tensors)
        {
            tensor?.Storage.Use(calls.Count);
        }

        calls.Add((kernel, tensors, scalars));
    }

    /// <summary>Ends the recording.</summary>
    public RecordedProgram Compile(IReadOnlyList<RecordedTensor> inputs, RecordedTensor output)
    {
        var result = output.Alone();
        result.Storage.Use(calls.Count);
        var (offsets, size) = MemoryPlan.Create(storages.Where(storage => storage.Last >= 0));
        var block = new ProgramBlock(size);
        foreach (var (storage, offset) in offsets)
        {
            storage.Address = block.Address + (nint)(offset * sizeof(float));
        }

        return new RecordedProgram(
            block, [.. calls.Select(call => new KernelCall(call.Kernel, [.. call.Tensors.Select(View)], call.Scalars))], inputs, result, kept, owned);

        static TensorView View(RecordedTensor? tensor) => tensor is null ? default
            : TensorView.At(tensor.Storage.Address + (nint)(tensor.Offset * sizeof(float)), tensor.shape, tensor.Strides);
    }

    private RecordedTensor Find(Tensor value, ScalarType type)
    {
        var address = TensorView.Address(value);
        if (!constants.TryGetValue(address, out var storage) || storage.Size != value.numel())
        {
            constants[address] = storage = new Storage(value.numel(), value);
        }

        return new RecordedTensor(this, storage, type, value.shape);
    }
}
