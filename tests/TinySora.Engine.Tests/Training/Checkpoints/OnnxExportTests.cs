using System.Text.Json.Nodes;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Families.LatentTransformer.Networks;
using TinySora.Engine.Latents;
using TinySora.Engine.Models;
using TinySora.Engine.Tests.Compute;
using TinySora.Engine.Tests.Layers.Onnx;
using TinySora.Engine.Text;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Export;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training.Checkpoints;

/// <summary>Tests of ONNX export.</summary>
public sealed class OnnxExportTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Exported_bundled_model_predicts_the_same_and_its_decoder_makes_the_pixels()
    {
        var model = Repository.At("models", "shapes-lean.safetensors");
        CheckpointExport.Write(model, folder.File("x.onnx"), ExportFormat.Onnx, note: "by hand");
        using var network = new OnnxNetwork(folder.File("x.onnx"));
        using var decoder = new OnnxNetwork(folder.File("x.decoder.onnx"));
        Assert.Equal("by hand", network.Metadata["note"]);
        Assert.Contains("dim_mults", network.Metadata["config"], StringComparison.Ordinal);

        var sampling = JsonNode.Parse(network.Metadata["sampling"])!;
        Assert.Equal("x0 ddpm 2 12 999", $"{sampling["objective"]} {sampling["sampler"]} {sampling["guidance"]} {sampling["levels"]!.AsArray().Count} {sampling["levels"]![0]}");
        Assert.Equal(1000, sampling["sigma"]!.AsArray().Count);
        long[] shape = [.. sampling["shape"]!.AsArray().Select(length => length!.GetValue<long>())];

        const string prompt = "a red circle moving right";
        var words = JsonNode.Parse(network.Metadata["task.vocabulary"])!.AsArray().Select(word => $"{word}").ToList();
        using var loaded = LoadedModel.Open(model, "cpu");
        using var codec = CodecModel.Open(Repository.At("models", "clips-vae.safetensors"), "cpu");
        using var float32 = new Processor(hasBFloat16: false);
        EngineThread.Run(() =>
        {
            using var scope = NewDisposeScope();
            using var nothing = no_grad();
            var tokens = OnnxNetwork.Padded([.. prompt.Split(' ').Select(word => words.IndexOf(word) + 2)]).unsqueeze(0);
            var ours = (LatentDenoiser)loaded.Task.Model;
            var states = ((LearnedTextEncoder)ours.named_children().Single(child => child.name == LatentDenoiser.TextName).module)
                .States([WeightedText.Literal(prompt), WeightedText.Literal(prompt)]);
            var (x, level, absent) = (OnnxNetwork.Noise(5, [2, .. shape]), tensor(new long[] { 999, 20 }), tensor(new[] { false, true }));
            OnnxNetwork.Near(
                ours.Predict(x, level, new NetworkCondition { Text = states.Values, TextPresent = states.Present, Absent = absent }),
                network.Run("prediction", ("x", x), ("level", level.to(ScalarType.Float32)), ("tokens", tokens.expand(2, -1)), ("absent", absent)));
            OnnxNetwork.Near(codec.Decode(ours.Denormalized(x)), decoder.Run("clips", ("x", x)).clamp(0, 1));
        });
    }

    [Fact]
    public void Bundled_autoencoder_exports_one_file_per_network()
    {
        var model = Repository.At("models", "clips-vae.safetensors");
        var checkpoint = CheckpointStore.Latest(model);
        string[] names = ["vae.encoder.onnx", "vae.decoder.onnx"];
        Assert.Equal(names.Select(name => folder.File(name)), CheckpointExport.Files(checkpoint, folder.File("vae.onnx"), ExportFormat.Onnx, PublishedForm.Checkpoint));
        CheckpointExport.Write(model, folder.File("vae.onnx"), ExportFormat.Onnx);
        Assert.Equal(names.Order(StringComparer.Ordinal), Directory.GetFiles(folder.File()).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        using var encoder = new OnnxNetwork(folder.File(names[0]));
        using var decoder = new OnnxNetwork(folder.File(names[1]));
        using var loaded = LoadedModel.Open(model, "cpu");
        using var float32 = new Processor(hasBFloat16: false);
        EngineThread.Run(() =>
        {
            using var scope = NewDisposeScope();
            var (codec, shape) = (loaded.Codec(), loaded.Codec().Shape);
            var clips = OnnxNetwork.Noise(1, 2, shape.Channels, shape.Frames, shape.Height, shape.Width).sigmoid();
            var latents = codec.Encode(clips);
            OnnxNetwork.Near(latents, encoder.Run("latents", ("clips", clips)));
            OnnxNetwork.Near(codec.Decode(latents), decoder.Run("clips", ("latents", latents)));
        });
        Assert.Equal("TinySora.Checkpoint.NoClipPage", Assert.Throws<TinySoraException>(
            () => CheckpointExport.Write(model, folder.File("vae.html"), ExportFormat.Html, webRuntime: folder.File())).Id);
    }

    [Fact]
    public void Half_precision_halves_the_file_and_computes_in_float32()
    {
        var model = Repository.At("models", "shapes-lean.safetensors");
        CheckpointExport.Write(model, folder.File("x.onnx"), ExportFormat.Onnx);
        CheckpointExport.Write(model, folder.File("half.onnx"), ExportFormat.Onnx, type: WeightType.Float16);
        Assert.InRange(new FileInfo(folder.File("half.onnx")).Length / (double)new FileInfo(folder.File("x.onnx")).Length, 0.4, 0.6);
        (string, Tensor)[] inputs = [("x", OnnxNetwork.Noise(5, 1, 8, 5, 8, 8)), ("level", ones(1)), ("tokens", ones([1, 64], ScalarType.Int64)), ("absent", zeros([1], ScalarType.Bool))];
        using var whole = new OnnxNetwork(folder.File("x.onnx"));
        using var half = new OnnxNetwork(folder.File("half.onnx"));
        OnnxNetwork.Near(whole.Run("prediction", inputs), half.Run("prediction", inputs), tolerance: 0.05);
    }
}
