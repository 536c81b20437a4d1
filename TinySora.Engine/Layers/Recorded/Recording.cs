using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native;
using TinySora.Engine.Compute.Native.Operations;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Layers.Recorded;

/// <summary>
/// Records the kernel calls of a forward pass over <see cref="RecordedTensor"/> values and, in training, of its backward pass. Operations that depend on
/// neither an input nor a trained weight run once, while recording.
/// </summary>
/// <remarks>For float32 on the CPU. All values are stored as float32, including integers and booleans.</remarks>
/// <param name="weights">Weights to compute gradients for; <c>null</c> to record a forward pass only.</param>
internal sealed class Recording(RecordedWeights? weights = null)
{
    /// <summary>Why a pass is not recorded, for networks with operations that cannot be recorded.</summary>
    public const string NeverRecorded = "this network cannot be recorded";

    private readonly List<(string Kernel, RecordedTensor?[] Tensors, long[] Scalars)> calls = [];
    private readonly HashSet<Storage> storages = [];
    private readonly Dictionary<nint, Storage> trained = [];
    private readonly Dictionary<nint, Storage> constants = [];
    private readonly Dictionary<(nint Weight, object Name), RecordedTensor> prepared = [];

    /// <summary>Tensors outside the block, which must outlive the program.</summary>
    private readonly List<Tensor> kept = [];

    /// <summary>Tensors outside the block that the program disposes.</summary>
    private readonly List<Tensor> owned = [];

    private GradientTape? tape;

    /// <summary>Returns why passes on a device are not recorded in the current precision; <c>null</c> if they can be.</summary>
    public static string? FindProblem(Device device) => device.type != DeviceType.CPU ? "the model is on a GPU"
        : !Kernels.Enabled ? "the kernels are not available"
        : Precision.IsBFloat16 ? "the model computes in bfloat16"
        : null;

    /// <summary>Whether the gradients of weights are also recorded, so that results of weights cannot be computed once.</summary>
    public bool HasGradients => weights is not null;

    /// <summary>The backward pass.</summary>
    public GradientTape Tape => tape ??= new GradientTape(this);

    /// <summary>Creates a value that is set before each run.</summary>
    public RecordedTensor Input(ScalarType type, params long[] shape)
    {
        var input = Result(shape, type);
        input.Storage.Use(calls.Count);
        return input;
    }

    /// <summary>Creates uninitialized contiguous memory for a result.</summary>
    public RecordedTensor Result(long[] shape, ScalarType type = ScalarType.Float32)
    {
        var storage = new Storage(RecordedTensor.GetCount(shape));
        storages.Add(storage);
        return new RecordedTensor(this, storage, type, shape);
    }

    /// <summary>Returns a tensor as a constant of the program, whose memory must not be freed before the program.</summary>
    /// <exception cref="NotSupportedException">The tensor was computed from weights, so its gradient would be lost.</exception>
    public RecordedTensor Constant(Tensor value)
    {
        if (weights is not null && value.requires_grad)
        {
            return Weight(value);
        }

        // A training step disposes the tensors that it creates.
        if (value.dtype != ScalarType.Float32 || !value.is_contiguous() || weights is not null)
        {
            using var scope = NewDisposeScope();
            using var nothing = no_grad();
            return Own(value.to(ScalarType.Float32, copy: true).contiguous(), value.dtype);
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

    /// <summary>Returns a view of a weight, whose gradient is recorded.</summary>
    /// <exception cref="NotSupportedException">The tensor is not a view of a weight.</exception>
    public RecordedTensor Weight(Tensor view)
    {
        var found = weights!.Find(view) ?? throw new NotSupportedException("a value computed from weights outside the recording has no gradient");
        if (!trained.TryGetValue(found.Address, out var storage))
        {
            trained[found.Address] = storage = new Storage(found.Size)
            {
                Address = found.Address, GradientAddress = found.GradientAddress, NeedsGradient = true,
            };
        }

        return new RecordedTensor(this, storage, ScalarType.Float32, view.shape, view.stride(), found.Offset);
    }

    /// <summary>Returns contiguous memory outside the block.</summary>
    public RecordedTensor Outside(nint address, long size) => new(this, new Storage(size) { Address = address }, ScalarType.Float32, [size]);

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

    /// <summary>Ends the recording of a forward pass.</summary>
    public RecordedProgram Compile(IReadOnlyList<RecordedTensor> inputs, RecordedTensor output)
    {
        var result = output.Alone();
        result.Storage.Use(calls.Count);
        return Link(inputs, [result], calls.Count);
    }

    /// <summary>Records the backward pass, and ends the recording.</summary>
    /// <param name="differentiated">Inputs that need gradients, which the backward pass returns; see <see cref="Storage.NeedsGradient"/>.</param>
    /// <returns>A program whose last input is the gradient of the output.</returns>
    public RecordedProgram CompileWithGradients(
        IReadOnlyList<RecordedTensor> inputs, RecordedTensor output, IReadOnlyList<RecordedTensor> differentiated)
    {
        var result = output.Alone();
        result.Storage.Use(calls.Count);
        var forward = calls.Count;
        var gradient = Input(ScalarType.Float32, result.shape);
        Tape.Run(result, gradient);
        RecordedTensor[] gradients =
            [.. differentiated.Select(input => Tape.Find(input)?.Alone() ?? throw new NotSupportedException("an input has no effect"))];
        foreach (var one in gradients)
        {
            one.Storage.Use(calls.Count);
        }

        return Link([.. inputs, gradient], [result, .. gradients], forward);
    }

    private RecordedProgram Link(IReadOnlyList<RecordedTensor> inputs, IReadOnlyList<RecordedTensor> outputs, int forward)
    {
        var (offsets, size) = MemoryPlan.Create(storages.Where(storage => storage.Last >= 0));
        var block = new ProgramBlock(size);
        foreach (var (storage, offset) in offsets)
        {
            storage.Address = block.Address + (nint)(offset * sizeof(float));
        }

        return new RecordedProgram(
            block, [.. calls.Select(call => new KernelCall(call.Kernel, [.. call.Tensors.Select(View)], call.Scalars))], inputs, outputs, forward, kept, owned);

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
