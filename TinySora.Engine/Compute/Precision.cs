using System.Reflection;
using TorchSharp.Modules;
using PreparedWeights = System.Collections.Generic.Dictionary<(nint Weight, System.Reflection.MethodInfo? Make), TorchSharp.torch.Tensor>;
using static TorchSharp.torch;

namespace TinySora.Engine.Compute;

/// <summary>
/// Mixed-precision policy for linear layers and convolutions. If bfloat16 is on, these layers cast their operands to bfloat16 and return
/// bfloat16. Parameters, the residual stream, norms and losses remain in float32. Otherwise, nothing is cast.
/// </summary>
public static class Precision
{
    [ThreadStatic]
    private static bool s_bfloat16;

    [ThreadStatic]
    private static PreparedWeights? s_prepared;

    /// <summary>Whether this thread's layers currently compute in bfloat16.</summary>
    public static bool IsBFloat16 => s_bfloat16;

    /// <summary>Applies the policy to the calling thread until the returned object is disposed.</summary>
    /// <param name="bfloat16">Whether bfloat16 is on.</param>
    public static IDisposable Use(bool bfloat16) => new Scope(bfloat16);

    /// <summary>
    /// Applies the policy like <see cref="Use"/>, and caches tensors that are computed from weights. The weights must not change until the returned object is
    /// disposed.
    /// </summary>
    public static IDisposable UseWithFixedWeights(bool bfloat16) => new Scope(bfloat16, []);

    /// <summary>Returns a weight in the form that a layer multiplies by: cast to the compute type, then rearranged by <paramref name="arranged"/>.</summary>
    public static Tensor PrepareWeight(Parameter weight, Func<Tensor, Tensor>? arranged = null) =>
        GetPrepared(weight, arranged?.Method, w => arranged is null ? ToComputeType(w) : arranged(ToComputeType(w)));

    public static bool HasFixedWeights => s_prepared is not null;

    /// <summary>Returns a tensor that is computed only from a weight. While weights are fixed, it is computed once and then cached.</summary>
    public static Tensor GetPrepared(Parameter weight, Func<Tensor, Tensor> make) => GetPrepared(weight, make.Method, make);

    /// <param name="name">Method that distinguishes several tensors derived from the same weight, for example for frames of different sizes.</param>
    private static Tensor GetPrepared(Parameter weight, MethodInfo? name, Func<Tensor, Tensor> make)
    {
        if (s_prepared is null)
        {
            return make(weight);
        }

        if (!s_prepared.TryGetValue((weight.Handle, name), out var made))
        {
            made = make(weight);
            if (ReferenceEquals(made, weight))
            {
                return made;
            }

            s_prepared[(weight.Handle, name)] = made.DetachFromDisposeScope();
        }

        return made;
    }

    /// <summary>Casts an operand of a matrix product or convolution to bfloat16 if the policy requires it.</summary>
    public static Tensor ToComputeType(Tensor x) => s_bfloat16 && x.dtype == ScalarType.Float32 ? x.to(ScalarType.BFloat16) : x;

    /// <summary>Casts a bfloat16 tensor to float32, for sums to which many layers add their outputs.</summary>
    public static Tensor ToFloat32(Tensor x) => x.dtype == ScalarType.BFloat16 ? x.to(ScalarType.Float32) : x;

    private sealed class Scope : IDisposable
    {
        private readonly bool outer = s_bfloat16;
        private readonly PreparedWeights? outerPrepared = s_prepared;

        public Scope(bool bfloat16, PreparedWeights? prepared = null) => (s_bfloat16, s_prepared) = (bfloat16, prepared);

        public void Dispose()
        {
            foreach (var made in s_prepared?.Values ?? Enumerable.Empty<Tensor>())
            {
                made.Dispose();
            }

            (s_bfloat16, s_prepared) = (outer, outerPrepared);
        }
    }
}
