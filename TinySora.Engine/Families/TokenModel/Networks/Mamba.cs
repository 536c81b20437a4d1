using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Linear = TinySora.Engine.Layers.Linear;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Families.TokenModel.Networks;

/// <summary>Mamba as a language model (Gu and Dao 2023). It has no positions, and its state has a fixed size for any number of tokens.</summary>
internal sealed class Mamba : TokenNetwork
{
    private readonly MambaStack _stack;

    public Mamba(TokenNetworkConfig config, long vocabulary)
        : base(nameof(Mamba), config, vocabulary)
    {
        _stack = new MambaStack(config, Table);
        Register([("backbone", _stack), .. Levels]);
    }

    public override AnyTensor Features(TokenInput input)
    {
        using var nothing = input.State is null ? null : no_grad();
        var x = _stack.forward(Embed(input), null, input.State, null, null);
        input.State?.Advance(input.Tokens.shape[1]);
        return x;
    }
}

/// <summary>All blocks of a Mamba network, and the final normalization.</summary>
internal sealed class MambaStack : TokenBlock
{
    private readonly (nn.Module<Tensor, Tensor> Norm, MambaMixer Mixer)[] _layers;
    private readonly nn.Module<Tensor, Tensor> _norm;

    /// <param name="table">Mamba's token embeddings, which belong to this module in the published names; <c>null</c> in nanoGPT, which uses LayerNorm.</param>
    public MambaStack(TokenNetworkConfig config, Embedding? table)
        : base(nameof(MambaStack))
    {
        nn.Module<Tensor, Tensor> NewNorm() => table is not null ? new RootMeanSquareNorm(config.NEmbd, epsilon: 1e-5) : nn.LayerNorm(config.NEmbd);
        _layers = [.. Enumerable.Range(0, config.NLayer).Select(_ => (NewNorm(), new MambaMixer(config)))];
        _norm = NewNorm();
        Register(
        [
            .. table is null ? Array.Empty<(string, nn.Module)>() : [("embedding", table)],
            .. _layers.SelectMany((layer, i) => new (string, nn.Module)[] { ($"layers.{i}.norm", layer.Norm), ($"layers.{i}.mixer", layer.Mixer) }),
            ("norm_f", _norm),
        ]);
    }

    public override AnyTensor forward(AnyTensor x, AnyTensor? context, TokenState? state, BatchRandom? chance, RotaryTable? turns)
    {
        foreach (var (norm, mixer) in _layers)
        {
            x += mixer.forward(norm.forward(x), state);
        }

        return _norm.forward(x);
    }
}

/// <summary>Mamba's replacement for attention (Gu and Dao 2023, figure 3): a causal convolution and a selective state space.</summary>
internal sealed class MambaMixer : PublishedModule
{
    /// <summary>Number N of values in the state of a channel.</summary>
    private const int StateWidth = 16;

    /// <summary>Number of channels relative to the width of tokens.</summary>
    private const int Expansion = 2;

    /// <summary>Width of tokens relative to R, the rank of Δ's projection.</summary>
    private const int RankRatio = 16;

    /// <summary>Initial range of the step size Δ for a token of zeros.</summary>
    private static readonly (double Least, double Most) Steps = (1e-3, 1e-1);

    private readonly Linear _input;
    private readonly ConvWeights _taps;
    private readonly Linear _selection;
    private readonly Linear _delta;
    private readonly Linear _output;
    private readonly Parameter _logA;
    private readonly Parameter _d;
    private readonly int _rank;

    public MambaMixer(TokenNetworkConfig config)
        : base(nameof(MambaMixer))
    {
        var (width, channels) = (config.NEmbd, Expansion * config.NEmbd);
        _rank = (width + RankRatio - 1) / RankRatio;
        _input = new Linear(width, 2 * channels, hasBias: false);
        _taps = new ConvWeights(channels);
        _selection = new Linear(channels, _rank + (2 * StateWidth), hasBias: false);
        _delta = new Linear(_rank, channels);
        _output = new Linear(channels, width, hasBias: false);
        _logA = new Parameter(arange(1, StateWidth + 1, ScalarType.Float32).log().repeat(channels, 1));
        _d = WeightInitialization.Ones(channels);
        Start(config.NLayer);
        register_parameter("A_log", _logA);
        register_parameter("D", _d);
        Register([("in_proj", _input), ("conv1d", _taps), ("x_proj", _selection), ("dt_proj", _delta), ("out_proj", _output)]);
    }

    /// <param name="x">(B, T, C).</param>
    /// <returns>(B, T, C).</returns>
    public AnyTensor forward(AnyTensor x, TokenState? state)
    {
        var halves = _input.forward(x).chunk(2, -1);                                                             // (B, T, E) each
        var (rows, channels) = (x.shape[0], halves[0].shape[2]);
        Tensor Memory(string name, params long[] shape) => state!.GetOrAdd(this, name, () => zeros(shape, ScalarType.Float32, x.device));
        var u = state is null ? DepthwiseCausalConv.Apply(halves[0], _taps.Weight, _taps.Bias)
            : DepthwiseCausalConv.Step((Tensor)halves[0], _taps.Weight, _taps.Bias, Memory("taps", rows, DepthwiseCausalConv.StateLength, channels));

        var selected = _selection.forward(u);
        var delta = _delta.forward(selected.narrow(2, 0, _rank)).ToFloat32().softplus();
        var (b, c) = (selected.narrow(2, _rank, StateWidth).ToFloat32(), selected.narrow(2, _rank + StateWidth, StateWidth).ToFloat32());
        var a = -_logA.exp();
        return _output.forward(state is null ? SelectiveScan.Apply(u, delta, a, b, c, _d, halves[1])
            : SelectiveScan.Step(u, delta, a, b, c, _d, halves[1], Memory("states", rows, channels, StateWidth)));
    }

    /// <summary>Initializes the bias of Δ log-uniformly, and reduces the scale of the output projection in proportion to 1/√blocks.</summary>
    private void Start(int blocks)
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        var (least, most) = (Math.Log(Steps.Least), Math.Log(Steps.Most));
        var steps = ((rand(_d.shape, ScalarType.Float64) * (most - least)) + least).exp();
        _delta.get_parameter("bias")!.copy_((steps.exp() - 1).log());
        _output.get_parameter("weight")!.mul_(1 / Math.Sqrt(blocks));
    }

    /// <summary>Weights of each channel's convolution over a token and the three tokens before it.</summary>
    private sealed class ConvWeights : nn.Module
    {
        private const int Count = DepthwiseCausalConv.StateLength + 1;

        private readonly Parameter weight;
        private readonly Parameter bias;

        public ConvWeights(long channels)
            : base(nameof(ConvWeights))
        {
            (weight, bias) = (WeightInitialization.Uniform(Count, channels, 1, Count), WeightInitialization.Uniform(Count, channels));
            RegisterComponents();
        }

        /// <summary>Weight of the convolution, (E, 1, 4).</summary>
        public Parameter Weight => weight;

        /// <summary>Bias of the convolution, (E).</summary>
        public Parameter Bias => bias;
    }
}

/// <summary>Mamba's convolution before the scan: depthwise and causal with four taps, followed by SiLU.</summary>
internal static class DepthwiseCausalConv
{
    /// <summary>Number of previous tokens that contribute to a token's result.</summary>
    public const int StateLength = 3;

    /// <summary>Convolves whole sequences, with zeros before the first position.</summary>
    /// <param name="x">(B, T, E), float32 or bfloat16.</param>
    /// <param name="weight">(E, 1, 4) float32, with the token's own tap last.</param>
    /// <param name="bias">(E) float32.</param>
    /// <returns>(B, T, E) float32.</returns>
    public static AnyTensor Apply(AnyTensor x, Tensor weight, Tensor bias) => x.Eager is Tensor numbers && Kernels.CanNorm(numbers)
        ? FlopCounter.Product(weight, Kernels.CausalConv(numbers, weight, bias))
        : x.causal_conv(weight, bias).silu();

    /// <summary>Convolves tokens that follow previous tokens, often a single one, without gradients.</summary>
    /// <param name="state">The last three tokens, which are updated: (B, 3, E) float32, zero before the first token.</param>
    /// <inheritdoc cref="Apply"/>
    public static Tensor Step(Tensor x, Tensor weight, Tensor bias, Tensor state)
    {
        using var gradients = no_grad();
        var tokens = cat([state, Precision.ToFloat32(x)], 1);
        state.copy_(tokens.narrow(1, tokens.shape[1] - StateLength, StateLength));
        return ((Tensor)Apply(tokens, weight, bias)).narrow(1, StateLength, x.shape[1]);
    }
}
