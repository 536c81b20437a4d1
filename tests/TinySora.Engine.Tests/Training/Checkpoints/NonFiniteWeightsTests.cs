using TinySora.Engine.Errors;
using TinySora.Engine.Evaluation;
using TinySora.Engine.Families;
using TinySora.Engine.Families.FrameAutoencoder.Networks;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Models;
using TinySora.Engine.Tests.Evaluation;
using TinySora.Engine.Tests.Families;
using TinySora.Engine.Tests.Families.FrameAutoencoder;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Tests.Text;
using TinySora.Engine.Text;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Export;
using TinySora.Engine.Training.Results;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training.Checkpoints;

/// <summary>Weights that are NaN or infinite produce black clips, so everything that reads weights refuses them and names the tensor.</summary>
public sealed class NonFiniteWeightsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Source => folder.File("foreign.pt");

    public void Dispose() => folder.Dispose();

    public static TheoryData<string> Families => ForeignModels.Families;

    [Theory]
    [MemberData(nameof(Families))]
    public void Import_refuses_non_finite_weights_in_either_set(string family)
    {
        foreach (var (value, words) in new[] { (double.NaN, "contains NaN"), (double.PositiveInfinity, "contains infinite values"), (double.NegativeInfinity, "contains infinite values"), (1e300, "contains infinite values") })
        {
            foreach (var isAverage in new[] { false, true })
            {
                var (trained, averaged) = (ForeignModels.Weights(family), ForeignModels.Weights(family));
                var name = trained.Keys.Last(key => trained[key].Type == ScalarType.Float32 && !key.EndsWith(".freqs", StringComparison.Ordinal) && !key.Contains("running_", StringComparison.Ordinal));
                var set = isAverage ? averaged : trained;
                set[name] = Poisoned(set[name], value);
                PublishedFile.Write(Source, trained.Select(item => (Key: "model." + item.Key, item.Value)).Concat(averaged.Select(item => (Key: "ema." + item.Key, item.Value)))
                    .ToDictionary(item => item.Key, item => (object)item.Value));
                using var import = CheckpointImport.Open(Source, ForeignModels.Config(family));
                Refused(() => import.Save(folder.File("results")), name, words);
                Assert.False(Directory.Exists(folder.File("results")));
            }
        }
    }

    [Theory]
    [InlineData("pixel-unet")]
    [InlineData("video-autoencoder")]
    [InlineData("frame-autoencoder")]
    public void Opening_a_checkpoint_refuses_non_finite_weights(string family)
    {
        PublishedFile.Write(Source, ForeignModels.Weights(family).ToDictionary(item => item.Key, item => (object)item.Value));
        var config = ForeignModels.Config(family);
        config = family != "pixel-unet" ? config : config.With(model: config.Model with { TextEncoder = TextEncoderKind.None });
        if (family == "pixel-unet")
        {
            PublishedFile.Write(Source, PublishedFile.StateDict(1, config, condDim: null));
        }

        using var import = CheckpointImport.Open(Source, config);
        var path = import.Save(folder.File("results")).Path;
        LoadedModel.Open(path, "cpu").Dispose();
        foreach (var (value, words) in new[] { (double.NaN, "contains NaN"), (double.PositiveInfinity, "contains infinite values") })
        {
            var name = Poison(path, folder.File("bad.safetensors"), "ema.", value);
            Refused(() => LoadedModel.Open(folder.File("bad.safetensors"), "cpu"), name, words);
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Every_export_format_refuses_non_finite_weights(string family)
    {
        PublishedFile.Write(Source, ForeignModels.Weights(family).ToDictionary(item => item.Key, item => (object)item.Value));
        using var import = CheckpointImport.Open(Source, ForeignModels.Config(family));
        var good = import.Save(folder.File("results"));
        var forms = ModelFamilies.Of(import.Config).Published!.Forms(import.Config).Keys.Select(form => (ExportFormat.PyTorch, form)).Append((ExportFormat.Safetensors, default));
        foreach (var (value, words) in new[] { (double.NaN, "contains NaN"), (double.NegativeInfinity, "contains infinite values") })
        {
            foreach (var weights in Enum.GetValues<CheckpointWeights>())
            {
                var bad = folder.File("bad.safetensors");
                var name = Poison(good.Path, bad, weights == CheckpointWeights.Training ? "model." : "ema.", value);
                foreach (var ((format, form), type) in forms.SelectMany(form => Enum.GetValues<WeightType>().Select(type => (form, type))))
                {
                    var target = Path.Combine(Directory.CreateDirectory(folder.File("out")).FullName, "exported");
                    Refused(() => CheckpointExport.Write(bad, target, format, weights, type, form: form), name, words);
                    Assert.Empty(Directory.EnumerateFileSystemEntries(folder.File("out")));
                }
            }
        }
    }

    [Theory]
    [InlineData("model.")]
    [InlineData("ema.")]
    public void Resuming_refuses_non_finite_weights(string set)
    {
        using var run = new TinyRun();
        var path = run.Train(request => request with { MaxSteps = 1 }).Checkpoint;
        var name = Poison(path, path, set, double.NegativeInfinity);
        Refused(() => run.Train(request => request with { MaxSteps = 2 }), name, "contains infinite values");
    }

    [Fact]
    public void Auxiliary_networks_of_a_run_refuse_non_finite_weights()
    {
        using var scope = NewDisposeScope();
        var (vgg, linear) = LpipsFiles.Write(folder.Path);
        var lpips = Tensors(linear);
        lpips["lin2.model.1.weight"] = Poisoned(lpips["lin2.model.1.weight"], double.NaN);
        PublishedFile.Write(linear, lpips.ToDictionary(item => item.Key, item => (object)item.Value));
        Refused(() => Lpips.Load(vgg, linear), "lin2.model.1.weight", "contains NaN");

        GoldenBert.CopyTo(folder.File("bert"));
        var bert = folder.File("bert", "model.safetensors");
        var weights = Tensors(bert);
        var name = weights.Keys.First(key => key.EndsWith("output.dense.weight", StringComparison.Ordinal));
        weights[name] = Poisoned(weights[name], double.PositiveInfinity);
        SafetensorsFile.Write(bert, new Dictionary<string, string>(), weights.Select(item => (item.Key, item.Value.Read())));
        var error = Assert.Throws<TinySoraException>(() => BertEncoder.Open(folder.File("bert"), false, CPU));
        Assert.Equal("TinySora.Model.EncoderDamaged", error.Id);
        Assert.Contains("output.dense.weight' in model.safetensors contains NaN or infinite values", error.Message, StringComparison.Ordinal);

        using var judge = FrameTesting.Filled(new PatchDiscriminator(1));
        var weight = PublishedFile.Stored(judge.state_dict()["layers.1.1.weight"]);
        var layers = judge.state_dict().ToDictionary(item => item.Key, item => (object)PublishedFile.Stored(item.Value));
        layers["layers.1.1.weight"] = Poisoned(weight, double.NaN);
        PublishedFile.Write(folder.File("vae_discriminator_ckpt.pth"), layers);
        Refused(() => ModelWeights.Fill(folder.File("vae_discriminator_ckpt.pth"), judge.state_dict()), "layers.1.1.weight", "contains NaN");
    }

    private static void Refused(Action action, string name, string words)
    {
        var error = Assert.Throws<TinySoraException>(action);
        Assert.Equal("TinySora.Checkpoint.Damaged", error.Id);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    /// <summary>Replaces one value of a weight and stores it as float64, whose largest values exceed float32.</summary>
    private static StoredTensor Poisoned(StoredTensor weight, double value)
    {
        using var scope = NewDisposeScope();
        var numbers = weight.As(float64).Read().contiguous();
        numbers.view(-1)[numbers.numel() - 1] = tensor(value, float64);
        return PublishedFile.Stored(numbers);
    }

    private static string Poison(string from, string to, string set, double value)
    {
        using var scope = NewDisposeScope();
        var metadata = SafetensorsFile.ReadMetadata(from);
        var tensors = Tensors(from);
        var name = tensors.Keys.First(key => key.StartsWith(set, StringComparison.Ordinal) && key.EndsWith("weight", StringComparison.Ordinal) && tensors[key].Shape.Count > 1);
        tensors[name] = Poisoned(tensors[name], value).As(ScalarType.Float32);
        SafetensorsFile.Write(to, metadata, tensors.Select(item => (item.Key, item.Value.Read())));
        return name[set.Length..];
    }

    private static Dictionary<string, StoredTensor> Tensors(string path)
    {
        using var file = TensorFile.Open(path);
        return file.Tensors.ToDictionary(item => item.Key, item => PublishedFile.Stored(item.Value.Read()));
    }
}
