using TinySora.Engine.Formats.PyTorch;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Tests.Families;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Results;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training.Checkpoints;

/// <summary>Keys and wrappers under which other projects' scripts save trained and averaged weights.</summary>
public sealed class WeightSetsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Source => folder.File("foreign.pt");

    public void Dispose() => folder.Dispose();

    /// <summary>Prefixes of trained and of averaged weights, and the counters saved with them.</summary>
    public static TheoryData<string, string, string> Pairs => new()
    {
        { "model.", "ema.", "" },                                                    // DiT, Latte, video-diffusion-pytorch
        { "model.", "model_ema.", "" },
        { "model.", "model_ema.module.", "model_ema.n_averaged" },                   // torchvision
        { "state_dict.", "state_dict_ema.", "" },                                    // timm
        { "model_state_dict.", "ema_state_dict.", "" },
        { "model_state_dict.", "ema_model_state_dict.", "" },
        { "net.", "ema.", "" },                                                      // EDM
        { "params.", "params_ema.", "" },                                            // BasicSR
        { "model.", "ema.ema_model.", "ema.initted ema.step" },                      // denoising-diffusion-pytorch
        { "online_model.", "ema_model.", "initted step" },                           // ema-pytorch alone
        { "model.", "swa_model.module.", "swa_model.n_averaged" },                   // torch.optim.swa_utils
        { "model.", "swa_state_dict.", "" },
        { "model.", "smoothed.module.", "smoothed.n_averaged" },
        { "module.", "averaged_model.module.module.", "averaged_model.n_averaged" }, // on top of DistributedDataParallel
        { "current_model_state.", "state_dict.", "averaging_state.n_averaged" },     // Lightning's WeightAveraging
        { "state_dict.model.", "state_dict.ema.", "" },
        { "state_dict.model.", "state_dict.model_ema.module.", "" },
        { "unet.", "ema_unet.", "" },
        { "model.", "ema_0.9999.", "" },
        { "model.", "target_model.", "" },                                           // consistency models
        { "model.", "target.", "" },
        { "online.", "target.", "" },                                                // BYOL
        { "online_network.", "target_network.", "" },
        { "student.", "teacher.", "" },                                              // DINO
        { "", "ema.", "" },
        { "_orig_mod.", "ema._orig_mod.module.", "" },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Average_is_found_by_its_key(string trained, string averaged, string numbers)
    {
        Write(
            [.. Tiny(1).Select(item => (trained + item.Name, item.Value)), .. Tiny(2).Select(item => (averaged + item.Name, item.Value)),
                .. numbers.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(name => (name, 7f)), ("optimizer.state.0.exp_avg", 9f)]);
        Assert.Equal(("block.0.weight=1 head.bias=1", "block.0.weight=2 head.bias=2"), Read());
    }

    /// <summary>LitEma removes the dots; ema-pytorch saves the trained weights a second time.</summary>
    [Fact]
    public void Average_is_found_under_names_without_dots_and_next_to_a_copy_of_the_trained_weights()
    {
        Write([.. Tiny(1).Select(item => ("state_dict.model." + item.Name, item.Value)), ("state_dict.model_ema.block0weight", 2), ("state_dict.model_ema.headbias", 2),
            ("state_dict.model_ema.decay", 0.5f), ("state_dict.model_ema.num_updates", 4)]);
        Assert.Equal(("block.0.weight=1 head.bias=1", "block.0.weight=2 head.bias=2"), Read());

        Write([.. Tiny(1).Select(item => ("model." + item.Name, item.Value)), .. Tiny(3).Select(item => ("ema.online_model." + item.Name, item.Value)),
            .. Tiny(2).Select(item => ("ema.ema_model." + item.Name, item.Value))]);
        Assert.Equal(("block.0.weight=1 head.bias=1", "block.0.weight=2 head.bias=2"), Read());
    }

    [Theory]
    [InlineData("ema.")]
    [InlineData("state_dict_ema.")]
    [InlineData("ema_unet.")]
    [InlineData("module.")]
    [InlineData("net.module.")]
    [InlineData("model._orig_mod.")]
    public void Single_set_of_weights_is_used_for_both(string prefix)
    {
        Write([.. Tiny(2).Select(item => (prefix + item.Name, item.Value)), ("n_averaged", 7f)]);
        Assert.Equal(("block.0.weight=2 head.bias=2", "block.0.weight=2 head.bias=2"), Read());
    }

    /// <summary>
    /// Averages that are not imported: diffusers' list without names, the second of two averages, and averages within the state of callbacks.
    /// </summary>
    [Theory]
    [InlineData("ema.shadow_params.0", "ema.shadow_params.1", "ema.shadow_params")]
    [InlineData("callbacks.EMA.weights.block.0.weight", "callbacks.EMA.weights.head.bias", "callbacks.EMA")]
    [InlineData("optimizer_states.0.ema.0", "optimizer_states.0.ema.1", "optimizer_states.0.ema")]
    [InlineData("swa_model.other.weight", "swa_model.other.bias", "swa_model")]
    public void Unused_average_is_reported(string first, string second, string key)
    {
        Write([.. Tiny(1).Select(item => ("model." + item.Name, item.Value)), (first, 2), (second, 2)]);
        Assert.Equal(("block.0.weight=1 head.bias=1", "block.0.weight=1 head.bias=1"), Read());
        using var file = TensorFile.Open(Source);
        Assert.Equal([key], WeightSets.In(file).LeftOut);

        Write([.. Tiny(1).Select(item => ("model." + item.Name, item.Value)), ("optimizer.exp_avg.block.0.weight", 2), ("optimizer.exp_avg.head.bias", 2)]);
        using var own = TensorFile.Open(Source);
        Assert.Empty(WeightSets.In(own).LeftOut);
    }

    public static TheoryData<string> Families => ForeignModels.Families;

    [Theory]
    [MemberData(nameof(Families))]
    public void Weights_of_every_family_import_with_any_keys_and_wrappers(string family)
    {
        var (trained, averaged) = (ForeignModels.Weights(family), ForeignModels.Weights(family, 0.5));
        var expected = "";
        foreach (var (model, ema) in new[]
        {
            ("model.", "ema."), ("model._orig_mod.", "model_ema._orig_mod.module."), ("state_dict.module._orig_mod.", "state_dict_ema.module."),
            ("model_state_dict.", "ema_state_dict."), ("", "ema.ema_model._orig_mod."), ("_orig_mod.module.", "swa_model.module."),
        })
        {
            PublishedFile.Write(Source, trained.Select(item => (Key: model + item.Key, item.Value)).Concat(averaged.Select(item => (Key: ema + item.Key, item.Value)))
                .ToDictionary(item => item.Key, item => (object)item.Value));
            using var import = CheckpointImport.Open(Source, ForeignModels.Config(family));
            Assert.DoesNotContain(import.Warnings, warning => warning.Contains("averaged", StringComparison.Ordinal));
            var tensors = PublishedFile.Tensors(import.Save(folder.File("results")).Path);
            var text = string.Join('\n', tensors.OrderBy(item => item.Key, StringComparer.Ordinal).Select(item => $"{item.Key} {item.Value}"));
            expected = expected.Length == 0 ? text : expected;
            Assert.Equal(expected, text);
            Assert.Contains(tensors, item => item.Key.StartsWith("ema.", StringComparison.Ordinal) && item.Value != tensors["model." + item.Key["ema.".Length..]]);
        }
    }

    /// <summary>Tests a layer that torch.compile or FSDP wraps individually.</summary>
    [Fact]
    public void Wrapper_around_a_layer_is_removed()
    {
        var weights = ForeignModels.Weights("pixel-unet");
        PublishedFile.Write(Source, weights.ToDictionary(
            item => item.Key.Replace("denoise_fn.downs.", "denoise_fn._orig_mod.downs._checkpoint_wrapped_module.", StringComparison.Ordinal), item => (object)item.Value));
        using var import = CheckpointImport.Open(Source, ForeignModels.Config("pixel-unet"));
        Assert.Empty(import.Warnings);
    }

    [Fact]
    public void Average_that_is_not_imported_causes_a_warning()
    {
        var weights = ForeignModels.Weights("token-model");
        PublishedFile.Write(Source, weights.Select(item => (Key: "model." + item.Key, item.Value))
            .Concat(weights.Values.Select((value, i) => (Key: $"ema.shadow_params.{i}", Value: value))).ToDictionary(item => item.Key, item => (object)item.Value));
        using var import = CheckpointImport.Open(Source, ForeignModels.Config("token-model"));
        Assert.Contains("'ema.shadow_params'", Assert.Single(import.Warnings), StringComparison.Ordinal);
    }

    /// <summary>Weights missing from the average, such as layers that a script does not average, keep their trained values.</summary>
    [Theory]
    [MemberData(nameof(Families))]
    public void Weights_missing_from_the_average_are_named(string family)
    {
        var (trained, averaged) = (ForeignModels.Weights(family), ForeignModels.Weights(family, 0.5));
        var lacking = trained.Keys.Where(name => name.EndsWith("weight", StringComparison.Ordinal)).TakeLast(2).ToList();
        Import(lacking, out var warnings);
        Assert.All(lacking, name => Assert.Contains($"'model.{name}'", Assert.Single(warnings), StringComparison.Ordinal));

        Import([.. trained.Keys], out warnings);
        Assert.Empty(warnings);
        Import([], out warnings);
        Assert.Empty(warnings);

        void Import(List<string> without, out List<string> warnings)
        {
            PublishedFile.Write(Source, trained.Select(item => (Key: "model." + item.Key, item.Value))
                .Concat(averaged.Where(item => !without.Contains(item.Key)).Select(item => (Key: "ema." + item.Key, item.Value))).ToDictionary(item => item.Key, item => (object)item.Value));
            using var import = CheckpointImport.Open(Source, ForeignModels.Config(family));
            warnings = [.. import.Warnings.Where(warning => warning.Contains("average", StringComparison.Ordinal))];
        }
    }

    /// <summary>The names of TinySora's own weights are not mistaken for keys.</summary>
    [Fact]
    public void Published_weight_names_have_no_prefix()
    {
        foreach (var path in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Golden", "published"), "*.txt"))
        {
            var names = File.ReadAllLines(path).Select(line => line.Split(' ')[0]).ToList();
            Write([.. names.Select(name => (name, 1f))]);
            using var file = TensorFile.Open(Source);
            Assert.Equal(names.Order(), ModelWeights.Of(file, averaged: true).Keys.Order());
        }
    }

    private static IEnumerable<(string Name, float Value)> Tiny(float value) => [("block.0.weight", value), ("head.bias", value)];

    private void Write(List<(string Name, float Value)> weights) => PyTorchFile.Write(
        Source, weights.ToDictionary(item => item.Name, item => (object)PublishedFile.Stored(tensor(item.Value).reshape(item.Name.Contains('.', StringComparison.Ordinal) ? [1, 1] : []))));

    private (string Trained, string Averaged) Read()
    {
        using var file = TensorFile.Open(Source);
        return (Text(averaged: false), Text(averaged: true));

        string Text(bool averaged) => string.Join(' ', ModelWeights.Of(file, averaged)
            .OrderBy(item => item.Key, StringComparer.Ordinal).Select(item => $"{item.Key}={item.Value.Read().item<float>()}"));
    }
}
