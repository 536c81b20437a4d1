using System.Globalization;
using TinySora.Engine.Evaluation;
using TinySora.Engine.Formats.Weights;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Evaluation;

/// <summary>LPIPS with weights that a Python script generates identically.</summary>
internal static class LpipsFiles
{
    public static Lpips Filled()
    {
        var model = new Lpips();
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        var state = model.state_dict();
        var convolutions = state.Keys.Where(name => name.StartsWith("features.", StringComparison.Ordinal)).Select(name => name.Split('.')[1]).Distinct()
            .OrderBy(place => int.Parse(place, CultureInfo.InvariantCulture)).ToList();
        for (var n = 0; n < convolutions.Count; n++)
        {
            var (weight, bias) = (state[$"features.{convolutions[n]}.weight"], state[$"features.{convolutions[n]}.bias"]);
            var fanIn = weight.shape[1] * weight.shape[2] * weight.shape[3];
            weight.copy_(((Count(weight) * 0.37 + n).sin() * Math.Sqrt(6.0 / fanIn)).view(weight.shape).to(ScalarType.Float32));
            bias.copy_(((Count(bias) + n).cos() * 0.1).to(ScalarType.Float32));
        }

        foreach (var weight in state.Where(item => item.Key.StartsWith("lin", StringComparison.Ordinal)).Select(item => item.Value))
        {
            weight.copy_((Count(weight) * 0.9).sin().abs().view(weight.shape).to(ScalarType.Float32));
        }

        return model;
    }

    /// <summary>Writes the weights in the layout of the published files: VGG-16 with its classifier, and the linear weights.</summary>
    public static (string Vgg, string Linear) Write(string folder)
    {
        using var scope = NewDisposeScope();
        using var model = Filled();
        var (vgg, linear) = (Path.Combine(folder, "vgg16-397923af.pth"), Path.Combine(folder, "vgg.pth"));
        var state = model.state_dict().Select(item => (Name: item.Key, Weight: item.Value)).ToList();
        var none = new Dictionary<string, string>();
        SafetensorsFile.Write(
            vgg, none, state.Where(item => item.Name.StartsWith("features.", StringComparison.Ordinal)).Append(("classifier.0.bias", zeros([4]))));
        SafetensorsFile.Write(linear, none, state.Where(item => item.Name.StartsWith("lin", StringComparison.Ordinal)));
        return (vgg, linear);
    }

    private static Tensor Count(Tensor like) => arange(like.numel(), ScalarType.Float64);
}
