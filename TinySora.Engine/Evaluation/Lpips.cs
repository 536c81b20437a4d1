using TinySora.Engine.Compute;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Layers;
using TinySora.Engine.Training.Checkpoints;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Evaluation;

/// <summary>
/// Perceptual distance between images: LPIPS v0.1 with features of VGG-16 (Zhang et al. 2018; Simonyan and Zisserman 2015). Field names match the published
/// files. Training never changes the weights.
/// </summary>
public sealed class Lpips : nn.Module
{
    /// <summary>Numbers of channels of VGG-16's convolutions by stage. Height and width are halved between stages.</summary>
    private static readonly int[][] Stages = [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]];

    private static readonly float[] Shift = [-0.030f, -0.088f, -0.188f];
    private static readonly float[] Scale = [0.458f, 0.448f, 0.450f];

    /// <summary>Constant that is added to a sum of squares before taking its root, because all-zero features have neither a direction nor a gradient.</summary>
    private const double SquaredEpsilon = 1e-24;

    private readonly Sequential features;
    private readonly Weighting lin0 = new(Stages[0][^1]);
    private readonly Weighting lin1 = new(Stages[1][^1]);
    private readonly Weighting lin2 = new(Stages[2][^1]);
    private readonly Weighting lin3 = new(Stages[3][^1]);
    private readonly Weighting lin4 = new(Stages[4][^1]);

    private readonly Conv[][] stages;

    public Lpips()
        : base(nameof(Lpips))
    {
        var (inputs, place) = (3, 0);
        var named = new List<(string, nn.Module<Tensor, Tensor>)>();
        stages = [.. Stages.Select(stage =>
        {
            Conv[] convs = [.. stage.Select(outputs =>
            {
                var conv = new Conv(inputs, outputs, Axis.Single, Axis.Symmetric(3, 1, 1), isFlat: true);
                named.Add(($"{place}", conv));
                (inputs, place) = (outputs, place + 2); // A ReLU follows each convolution.
                return conv;
            })];
            place++; // Pooling layer
            return convs;
        })];
        features = nn.Sequential([.. named]);
        RegisterComponents();
        foreach (var parameter in parameters())
        {
            parameter.requires_grad = false;
            parameter.DetachFromDisposeScope(); // Created during the first step that needs it, but used by later steps.
        }
    }

    /// <exception cref="TinySoraException">TinySora.Model.LpipsFilesMissing.</exception>
    public static void CheckFiles(string vgg, string lpips)
    {
        if (!File.Exists(vgg) || !File.Exists(lpips))
        {
            throw ModelErrors.LpipsFilesMissing(vgg, lpips);
        }
    }

    /// <param name="vgg">VGG-16 as published by torchvision; its classifier is not used.</param>
    /// <param name="lpips">Linear weights of LPIPS.</param>
    /// <exception cref="TinySoraException">LpipsFilesMissing; OtherModel; errors in opening the files.</exception>
    public static Lpips Load(string vgg, string lpips)
    {
        CheckFiles(vgg, lpips);
        using var features = TensorFile.Open(vgg);
        using var linear = TensorFile.Open(lpips);
        var model = new Lpips();
        return OnFailure.Dispose(model, () =>
        {
            var targets = model.state_dict();
            Fill(features, targets, "features.");
            Fill(linear, targets, "lin");
            return model;
        });
    }

    /// <param name="a">(B, F, H, W, 1 or 3) in [-1, 1].</param>
    /// <param name="b">A tensor of the same shape as <paramref name="a"/>, which does not receive a gradient.</param>
    /// <returns>Distance between corresponding frames, (B, F); 0 for equal frames.</returns>
    public Tensor Distance(Tensor a, Tensor b)
    {
        List<Tensor> right;
        using (no_grad())
        {
            right = Directions(b);
        }

        Weighting[] lins = [lin0, lin1, lin2, lin3, lin4];
        return Directions(a).Zip(right, lins).Select(item => item.Third.forward((item.First - item.Second).square()).mean([2L, 3L, 4L]))
            .Aggregate((sum, next) => sum + next);
    }

    /// <summary>Returns the features after each stage, (B, F, h, w, C). The feature vector of each position is normalized to length 1.</summary>
    private List<Tensor> Directions(Tensor frames)
    {
        var x = (frames.expand([.. frames.shape[..4], 3]) - tensor(Shift, device: frames.device)) / tensor(Scale, device: frames.device);
        var directions = new List<Tensor>();
        foreach (var stage in stages)
        {
            x = directions.Count == 0 ? x : Frames.Map(x, pictures => nn.functional.max_pool2d(pictures, [2, 2], [2, 2]));
            x = stage.Aggregate(x, (x, conv) => Precision.ToFloat32(conv.forward(x)).relu());
            directions.Add(x / (x.square().sum(-1, keepdim: true) + SquaredEpsilon).sqrt());
        }

        return directions;
    }

    private static void Fill(ITensorFile file, Dictionary<string, Tensor> targets, string prefix)
    {
        using var scope = NewDisposeScope();
        var own = targets.Where(item => item.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(item => item.Key, item => item.Value);
        var weights = ModelWeights.Of(file, averaged: false).Where(item => own.ContainsKey(item.Key)).ToDictionary(item => item.Key, item => item.Value);
        ModelWeights.Check(file.Path, weights, own);
        ModelWeights.Fill(file.Path, weights, own);
    }

    /// <summary>Learned weights with which the features of one stage contribute to the distance.</summary>
    private sealed class Weighting : nn.Module<Tensor, Tensor>
    {
        private readonly Sequential model;

        public Weighting(int channels)
            : base(nameof(Weighting))
        {
            model = nn.Sequential(("1", new Conv(channels, 1, Axis.Single, Axis.Single, hasBias: false, isFlat: true)));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => Precision.ToFloat32(model.forward(input));
    }
}
