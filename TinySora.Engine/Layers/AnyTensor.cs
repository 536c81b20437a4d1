using System.Diagnostics.CodeAnalysis;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers;

/// <summary>
/// The tensor type that networks use, so that the same code works with libtorch tensors (<see cref="EagerTensor"/>) and with symbolic values of a graph
/// (<see cref="Onnx.OnnxTensor"/>) or of a recording (<see cref="Recorded.RecordedTensor"/>). Operations have the same names, arguments and axes as in
/// PyTorch.
/// </summary>
/// <remarks>In operations with symbolic values, libtorch tensors and parameters become constants.</remarks>
public abstract class AnyTensor
{
    public abstract long[] shape { get; }

    /// <summary>Device on which constants must be created; the CPU for symbolic values.</summary>
    public abstract Device device { get; }

    /// <summary>The libtorch tensor; <c>null</c> for a symbolic value.</summary>
    public virtual Tensor? Eager => null;

    [return: NotNullIfNotNull(nameof(value))]
    public static implicit operator AnyTensor?(Tensor? value) => value is null ? null : new EagerTensor(value);

    /// <exception cref="InvalidOperationException">The tensor is a symbolic value.</exception>
    [return: NotNullIfNotNull(nameof(value))]
    public static explicit operator Tensor?(AnyTensor? value) =>
        value is null ? null : value.Eager ?? throw new InvalidOperationException("A symbolic value has no data.");

    public static AnyTensor operator +(AnyTensor a, AnyTensor b) => GetDispatcher(a, b).add(a, b);
    public static AnyTensor operator -(AnyTensor a, AnyTensor b) => GetDispatcher(a, b).sub(a, b);
    public static AnyTensor operator *(AnyTensor a, AnyTensor b) => GetDispatcher(a, b).mul(a, b);
    public static AnyTensor operator /(AnyTensor a, AnyTensor b) => GetDispatcher(a, b).div(a, b);
    public static AnyTensor operator +(AnyTensor a, double b) => a.add(b);
    public static AnyTensor operator +(double a, AnyTensor b) => b.add(a);
    public static AnyTensor operator -(AnyTensor a, double b) => a.add(-b);
    public static AnyTensor operator *(AnyTensor a, double b) => a.mul(b);
    public static AnyTensor operator /(AnyTensor a, double b) => a.div(b);
    public static AnyTensor operator |(AnyTensor a, AnyTensor b) => GetDispatcher(a, b).or(a, b);

    public static AnyTensor cat(IReadOnlyList<AnyTensor> parts, long axis = 0) => parts.Aggregate(GetDispatcher).cat(parts, axis, isNew: false);

    public static AnyTensor stack(IReadOnlyList<AnyTensor> parts, long axis = 0) => parts.Aggregate(GetDispatcher).cat(parts, axis, isNew: true);

    public static AnyTensor where(AnyTensor condition, AnyTensor yes, AnyTensor no) =>
        GetDispatcher(GetDispatcher(condition, yes), no).choose(condition, yes, no);

    /// <summary>Matrix product of (..., n, k) and (..., k, m), with the shape (..., n, m); see <see cref="MatrixProduct"/>.</summary>
    public AnyTensor matmul(AnyTensor other) => GetDispatcher(this, other).matmul(this, other);

    /// <summary>Divides nonnegative integers and rounds the quotients down.</summary>
    public AnyTensor floor_divide(AnyTensor other) => GetDispatcher(this, other).floor_divide(this, other);

    /// <summary>Returns whether integers are equal, element by element.</summary>
    public AnyTensor eq(AnyTensor other) => GetDispatcher(this, other).eq(this, other);

    /// <summary>Converts to bfloat16 if matrix products use bfloat16; see <see cref="Compute.Precision"/>.</summary>
    public abstract AnyTensor ToComputeType();

    /// <summary>Converts to float32. Used for sums that many layers add to.</summary>
    public abstract AnyTensor ToFloat32();

    /// <summary>Wraps a tensor as a constant of the same kind as this one, so that operations on it become part of the graph.</summary>
    public abstract AnyTensor Constant(Tensor numbers);

    /// <summary>Wraps a tensor like <see cref="Constant"/> if operations on it and weights would otherwise lose the weights' gradients.</summary>
    public virtual AnyTensor Differentiable(Tensor numbers) => numbers;

    /// <summary>Looks up rows of a parameter.</summary>
    /// <param name="table">(K, D).</param>
    /// <param name="indices">N indices.</param>
    /// <returns>(N, D).</returns>
    public virtual AnyTensor Rows(Tensor table, long[] indices) => table.index_select(0, tensor(indices).to(table.device));

    /// <summary>Transforms a parameter. The result is cached while weights do not change.</summary>
    /// <param name="arrange">A method, or a lambda that captures only the layer.</param>
    public abstract AnyTensor Prepare(Tensor parameter, Func<Tensor, Tensor> arrange);

    public abstract AnyTensor to(ScalarType wanted);
    public abstract AnyTensor type_as(AnyTensor other);

    public abstract AnyTensor reshape(params long[] lengths);
    public abstract AnyTensor flatten(long first = 0, long last = -1);
    public abstract AnyTensor unflatten(long axis, params long[] lengths);
    public abstract AnyTensor unsqueeze(long axis);
    public abstract AnyTensor squeeze(long axis);

    /// <param name="lengths">New shape: -1 keeps the length of an axis, and axes of length 1 are repeated.</param>
    public abstract AnyTensor expand(params long[] lengths);

    public abstract AnyTensor repeat(params long[] counts);
    public abstract AnyTensor permute(params long[] axes);
    public abstract AnyTensor transpose(long a, long b);
    public abstract AnyTensor narrow(long axis, long start, long length);
    public abstract AnyTensor select(long axis, long index);
    public abstract AnyTensor[] chunk(long parts, long axis = 0);

    /// <param name="counts">Number of zeros (or false) before and after each axis, starting with the last axis.</param>
    public abstract AnyTensor pad(params long[] counts);

    public abstract AnyTensor sum(long axis, bool keepdim = false);
    public abstract AnyTensor mean(long axis, bool keepdim = false);

    /// <summary>Returns the Euclidean norm over the last axis, which is kept with length 1.</summary>
    public abstract AnyTensor norm();

    public abstract AnyTensor softmax(long axis);
    public abstract AnyTensor argmax(long axis);
    public abstract AnyTensor clamp_min(double least);
    public abstract AnyTensor clamp(double least, double greatest);

    public abstract AnyTensor relu();
    public abstract AnyTensor leaky_relu(double slope);
    public abstract AnyTensor silu();
    public abstract AnyTensor gelu();
    public abstract AnyTensor sigmoid();
    public abstract AnyTensor tanh();
    public abstract AnyTensor exp();
    public abstract AnyTensor sin();
    public abstract AnyTensor cos();
    public abstract AnyTensor rsqrt();
    public abstract AnyTensor reciprocal();
    public abstract AnyTensor softplus();
    public abstract AnyTensor round();
    public abstract AnyTensor logical_not();
    public abstract AnyTensor square();

    public AnyTensor view_as(AnyTensor other) => reshape(other.shape);

    /// <summary>RMS norm x / √(mean x² + ε) over the last axis (Zhang and Sennrich 2019).</summary>
    public AnyTensor rms_norm(double epsilon) => this * (square().mean(-1, keepdim: true) + epsilon).rsqrt();

    public abstract AnyTensor[] unbind(long axis = 0);

    public abstract AnyTensor masked_fill(AnyTensor condition, double number);

    /// <summary>Returns the rows of a table whose indices are the elements of this tensor.</summary>
    /// <param name="table">(K, D).</param>
    /// <returns>(..., D).</returns>
    public abstract AnyTensor embedding(AnyTensor table);

    /// <param name="gain">Gain over the last axis; <c>null</c> for 1.</param>
    /// <param name="shift">Shift over the last axis; <c>null</c> for 0.</param>
    public abstract AnyTensor layer_norm(Tensor? gain, Tensor? shift, double epsilon);

    /// <summary>Normalizes each group of channels in each frame.</summary>
    /// <remarks>For clips (B, F, H, W, C).</remarks>
    public abstract AnyTensor group_norm(long groups, Tensor gain, Tensor shift, double epsilon);

    /// <summary>Linear layer x Wᵀ + b over the last axis.</summary>
    /// <param name="weight">(O, I), or (O, ...) with I values per output, like weights of patch convolutions.</param>
    public abstract AnyTensor linear(Parameter weight, Parameter? bias);

    /// <summary>Product x Wᵀ over the last axis, with a weight (O, I) that is a computed tensor in the type of matrix products.</summary>
    public AnyTensor linear(AnyTensor weight) => GetDispatcher(this, weight).linear(this, weight);

    /// <summary>Splits the outputs of a linear layer into parts, each in its own memory.</summary>
    public abstract AnyTensor[] linear_split(Parameter weight, params long[] counts);

    /// <summary>Convolution over three axes, or over each frame separately if <paramref name="time"/> is <see cref="Axis.Single"/>.</summary>
    /// <param name="weight">(O, I, t, h, w), or (O, I, h, w), with the input channels last in memory.</param>
    /// <remarks>Maps clips (B, F, H, W, I) to (B, F', H', W', O).</remarks>
    public abstract AnyTensor conv(Parameter weight, Parameter? bias, Axis time, Axis space);

    /// <param name="weight">(I, O, t, h, w), or (I, O, h, w).</param>
    public abstract AnyTensor conv_transpose(Parameter weight, Parameter bias, Axis time, Axis space);

    /// <summary>Whether the fused operations below are available for this tensor, except those with a check of their own.</summary>
    public virtual bool HasKernels => false;

    /// <summary>Computes silu(x / max(|x|, 1e-12) · √C γ (1 + scale) + shift) + skip for clips (B, F, H, W, C), with the norm over the channels.</summary>
    /// <param name="gamma">γ, C values.</param>
    /// <param name="modulation">(B, 1 or F, 2 C): scales, then shifts; <c>null</c> for none.</param>
    /// <param name="skip">Same shape as the clips, float32; <c>null</c> for none.</param>
    public virtual AnyTensor NormSilu(Tensor gamma, AnyTensor? modulation, AnyTensor? skip) => throw new NotSupportedException();

    public virtual bool CanAttendOverFrames(int headWidth) => false;

    /// <inheritdoc cref="Compute.Native.Operations.Kernels.Attend(Tensor, Tensor, Tensor)"/>
    public virtual AnyTensor AttendOverFrames(Tensor turns, AnyTensor bias) => throw new NotSupportedException();

    /// <inheritdoc cref="Compute.Native.Operations.Kernels.AttendLinearly"/>
    public virtual AnyTensor AttendLinearly(int heads) => throw new NotSupportedException();

    /// <summary>Depthwise convolution with zero padding.</summary>
    /// <param name="weight">(C, 1, 3, 3, 3), for clips (B, F, H, W, C).</param>
    public abstract AnyTensor depthwise_conv(Tensor weight, Tensor bias);

    /// <summary>Depthwise convolution over each token and the tokens before it.</summary>
    /// <param name="weight">(C, 1, taps), for tokens (B, T, C).</param>
    public abstract AnyTensor causal_conv(Tensor weight, Tensor bias);

    protected abstract AnyTensor add(AnyTensor a, AnyTensor b);
    protected abstract AnyTensor sub(AnyTensor a, AnyTensor b);
    protected abstract AnyTensor mul(AnyTensor a, AnyTensor b);
    protected abstract AnyTensor div(AnyTensor a, AnyTensor b);
    protected abstract AnyTensor floor_divide(AnyTensor a, AnyTensor b);

    protected abstract AnyTensor add(double number);
    protected abstract AnyTensor mul(double number);
    protected abstract AnyTensor div(double number);
    protected abstract AnyTensor or(AnyTensor a, AnyTensor b);
    protected abstract AnyTensor eq(AnyTensor a, AnyTensor b);
    protected abstract AnyTensor matmul(AnyTensor a, AnyTensor b);
    protected abstract AnyTensor linear(AnyTensor x, AnyTensor weight);

    /// <param name="isNew">Whether to stack the parts along a new axis.</param>
    protected abstract AnyTensor cat(IReadOnlyList<AnyTensor> parts, long axis, bool isNew);

    protected abstract AnyTensor choose(AnyTensor condition, AnyTensor yes, AnyTensor no);

    /// <summary>Returns the operand that determines the kind of an operation's result: a symbolic tensor if any operand is symbolic.</summary>
    private static AnyTensor GetDispatcher(AnyTensor a, AnyTensor b) => a.Eager is null ? a : b;
}
