using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Families.LatentTransformer.Networks;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.LatentTransformer;

/// <summary>Small transformers and their inputs, by formulas that a PyTorch script can repeat.</summary>
internal static class TransformerTesting
{
    public const int TextWidth = 8;
    public const int TextTokens = 5;

    public static LatentShape Shape { get; } = new(3, 4, 4, 6);

    public static TransformerConfig Small(LatentNetworkKind kind) => new()
    {
        Architecture = kind, Depth = 2, HiddenSize = 16, NumHeads = 2, PatchSize = 2, NumClasses = 5, Positions = PatchOrder.Seq512,
    };

    public static LatentNetwork Create(TransformerConfig model, LatentShape? shape = null) =>
        LatentNetworks.Create(model, shape ?? Shape, model.Conditioning == Conditioning.Text ? TextWidth : null, TextTokens);

    public static LatentNetwork Filled(TransformerConfig model, LatentShape? shape = null)
    {
        var network = Create(model, shape);
        Formulas.Fill(network);
        return network;
    }

    /// <summary>Two clips of <see cref="Shape"/>.</summary>
    public static Tensor Clips => Formulas.Clips(2, Shape.Channels, Shape.Frames, Shape.Height, Shape.Width);

    public static Tensor Levels => tensor(new[] { 3f, 700f });

    /// <summary>Two texts, of three and of two tokens.</summary>
    public static NetworkCondition Text => new()
    {
        Text = (0.5 * (arange(2 * 3 * TextWidth, ScalarType.Float64) * 0.23).sin()).to(ScalarType.Float32).view(2, 3, TextWidth) + 0.5,
        TextPresent = tensor(new[] { true, true, true, true, true, false }).view(2, 3),
    };

    public static NetworkCondition Labels => new() { Labels = tensor(new[] { 4L, 1L }) };

    /// <summary>Every transformer with every kind of conditioning.</summary>
    public static IReadOnlyDictionary<string, (TransformerConfig Model, NetworkCondition Condition)> Cases()
    {
        var (latte, tutorial) = (Small(LatentNetworkKind.Latte) with { LearnSigma = true }, Small(LatentNetworkKind.LatteTutorial));
        var (dit, stDit) = (Small(LatentNetworkKind.DiT) with { LearnSigma = true }, Small(LatentNetworkKind.StDiT) with { LearnSigma = true });
        var (first, second) = (tensor(new[] { true, false }), tensor(new[] { false, true }));
        var images = new NetworkCondition { Images = 2 };
        static TransformerConfig Told(TransformerConfig model, TextForm form = TextForm.Concat) =>
            model with { Conditioning = Conditioning.Text, TextForm = form };
        static TransformerConfig Classed(TransformerConfig model) => model with { Conditioning = Conditioning.Class };
        static TransformerConfig New(TransformerConfig model) => model with { QkNorm = true, RmsNorm = true, Swiglu = true };
        return new Dictionary<string, (TransformerConfig, NetworkCondition)>
        {
            ["latte"] = (latte, NetworkCondition.None),
            ["latte plain"] = (latte with { LearnSigma = false }, NetworkCondition.None),
            ["latte class"] = (Classed(latte), Labels with { Absent = second }),
            ["latte text"] = (Told(latte), Text with { Absent = first }),
            ["latte images"] = (latte, images),
            ["latte new"] = (New(latte) with { Rotary = true }, NetworkCondition.None),
            ["tutorial"] = (tutorial with { HeadDim = 6 }, NetworkCondition.None),
            ["tutorial images"] = (tutorial, images with { Images = 1 }),
            ["dit cross"] = (Told(dit, TextForm.Cross), Text),
            ["dit cross-adaln"] = (Told(dit, TextForm.CrossAdaLn), Text with { Absent = second }),
            ["dit concat"] = (Told(dit), Text with { Absent = second }),
            ["dit concat tyx"] = (Told(dit) with { Positions = PatchOrder.Tyx }, Text),
            ["dit class"] = (Classed(dit), Labels with { Absent = first }),
            ["dit new"] = (New(Told(dit)) with { Rotary = true }, Text),
            ["dit conv"] = (New(Told(dit)) with { Rotary = true, PositionConv = true }, Text with { Absent = second }),
            ["dit field"] = (New(Told(dit)) with { Rotary = true, TextField = true }, Text with { Absent = second }),
            ["dit cross new"] = (New(Told(dit, TextForm.Cross)), Text),
            ["st-dit"] = (stDit, NetworkCondition.None),
            ["st-dit scaled"] = (stDit with { LearnSigma = false, PatchFrames = 2, SpaceScale = 0.5, TimeScale = 2 }, NetworkCondition.None),
            ["st-dit class"] = (Classed(stDit), Labels with { Absent = second }),
            ["st-dit text"] = (Told(stDit), Text with { Absent = second }),
            ["st-dit new"] = (New(Told(stDit)) with { Rotary = true }, Text),
        };
    }

    /// <summary>Changes libtorch's number of threads until the result is disposed.</summary>
    public static IDisposable UseThreads(int threads)
    {
        var before = get_num_threads();
        set_num_threads(threads);
        return new Undo(() => set_num_threads(before));
    }

    private sealed class Undo(Action action) : IDisposable
    {
        public void Dispose() => action();
    }
}
