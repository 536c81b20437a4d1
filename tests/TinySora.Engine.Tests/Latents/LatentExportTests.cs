using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Numpy;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Latents;
using TinySora.Engine.Tests.Families.Toy;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Latents;

public sealed class LatentExportTests : IDisposable
{
    private readonly List<SkippedClip> skipped = [];
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Latents_become_one_npy_file_named_after_dataset_model_and_length()
    {
        using var toy = new ToyCodec();
        using var model = toy.Open();
        var file = Assert.Single(Export(model, toy));
        Assert.Equal(toy.File("out", $"clips__{model.Id}_latents_4frames_train.npy"), file.Path);
        Assert.Equal((LatentKind.Latents, 2, "(2, 3, 2, 4, 4)"), (file.Kind, file.Clips, file.Shape));
        var array = NpyFile.Read(file.Path);
        Assert.Equal(ScalarType.Float32, array.dtype);
        Assert.True(array.narrow(0, 1, 1).eq(model.Encode(Clip(toy, "below/b.gif"))).all().item<bool>());
        Assert.Equal("TinySora.Data.OutputExists", Assert.Throws<TinySoraException>(() => Export(model, toy)).Id);
        Assert.Single(Export(model, toy, options => options with { Force = true }));
    }

    [Fact]
    public void Train_split_is_exported_and_named_if_a_dataset_has_splits()
    {
        using var toy = new ToyCodec();
        toy.WriteClip("flying/train/a.gif", 4, 1);
        toy.WriteClip("flying/val/b.gif", 4, 1);
        using var model = toy.Open();
        var file = Assert.Single(Export(model, toy, options => options with { DataPath = toy.File("flying"), ModelId = "user/project/model-7:v3" }));
        Assert.Equal(("flying__model-7_latents_4frames_train.npy", 1), (Path.GetFileName(file.Path), file.Clips));
    }

    [Fact]
    public void Tokens_are_int64_and_latents_of_a_quantizer_are_its_vectors()
    {
        using var toy = new ToyCodec(ToyCodecKind.Quantized);
        using var model = toy.Open();
        var tokens = Assert.Single(Export(model, toy, options => options with { Tokens = true }));
        Assert.Equal((LatentKind.Tokens, "(2, 2, 4, 4)"), (tokens.Kind, tokens.Shape));
        var array = NpyFile.Read(tokens.Path);
        Assert.Equal(ScalarType.Int64, array.dtype);
        Assert.True(array.narrow(0, 0, 1).eq(model.Tokens(Clip(toy, "a.gif"))).all().item<bool>());
        var vectors = NpyFile.Read(Assert.Single(Export(model, toy)).Path);
        Assert.True(vectors.eq(model.Codec.Vectors(array)).all().item<bool>());
    }

    [Fact]
    public void Posterior_is_exported_as_its_means_or_as_a_sample_reproducible_by_seed()
    {
        using var toy = new ToyCodec(ToyCodecKind.Posterior);
        using var model = toy.Open();
        var means = Latents(null);
        Assert.True(means.narrow(0, 0, 1).eq(model.Encode(Clip(toy, "a.gif"))).all().item<bool>());
        var drawn = Latents(5);
        Assert.True(drawn.eq(Latents(5)).all().item<bool>());
        Assert.False(drawn.eq(Latents(6)).all().item<bool>());

        // 192 values around the means; their standard deviation is exp(log-variance / 2).
        Assert.InRange((drawn - means).square().mean().item<float>(), 0.8 * Math.Exp(ToyCodecTask.LogVariance), 1.2 * Math.Exp(ToyCodecTask.LogVariance));

        Tensor Latents(long? seed) =>
            NpyFile.Read(Assert.Single(Export(model, toy, options => options with { SampleSeed = seed, Force = true })).Path);
    }

    [Fact]
    public void Clips_are_encoded_once_and_skipped_clips_are_reported()
    {
        using var toy = new ToyCodec();
        toy.WriteClip("clips/short.gif", frames: 2, seed: 3);
        using var model = toy.Open();
        Assert.Equal(2, Assert.Single(Export(model, toy)).Clips);
        Assert.Equal(toy.File("clips", "short.gif"), Assert.Single(skipped).Path);
        var store = Assert.Single(Directory.GetFiles(toy.File("clips", ".tinysora"), $"latents-{model.Id}-*.bin"));
        var written = File.GetLastWriteTimeUtc(store);
        toy.WriteClip("clips/c.gif", frames: 4, seed: 4);
        var encoded = new List<string>();
        using var latents = LatentFolder.Open(
            model, toy.Data, LatentKind.Latents, model.ShapeOf(null, null, null), new Collect(encoded));
        Assert.Equal(["a.gif", "below/b.gif", "c.gif"], latents.Names);
        Assert.Equal([toy.File("clips", "c.gif"), toy.File("clips", "short.gif")], encoded.Order());
        Assert.True(latents.Read(2).eq(model.Encode(Clip(toy, "c.gif"))).all().item<bool>());
        Assert.NotEqual(written, File.GetLastWriteTimeUtc(store));
    }

    [Fact]
    public void Video_gets_a_safetensors_file_with_the_moments_of_all_its_frames()
    {
        using var toy = new ToyCodec(ToyCodecKind.Posterior, frames: 1);
        using var model = toy.Open();
        var files = Export(model, toy, options => options with { Format = LatentFormat.PerVideo });
        Assert.Equal([toy.File("out", "a.gif.safetensors"), toy.File("out", "below", "b.gif.safetensors")], files.Select(file => file.Path));
        Assert.Equal(["(4, 6, 4, 4)", "(6, 6, 4, 4)"], files.Select(file => file.Shape));
        using (var file = SafetensorsFile.Open(files[0].Path))
        {
            var moments = file.Tensors["moments"].Read();
            Assert.True(moments.narrow(1, 0, 3).eq(model.Encode(Clip(toy, "a.gif")).squeeze(0).transpose(0, 1)).all().item<bool>());
            Assert.True(moments.narrow(1, 3, 3).eq(ToyCodecTask.LogVariance).all().item<bool>());
            Assert.Equal(model.Hash, file.Metadata["codec"]);
        }

        // The next time, only new or changed videos are encoded.
        File.Delete(files[1].Path);
        var kept = File.GetLastWriteTimeUtc(files[0].Path);
        Assert.Equal(2, Export(model, toy, options => options with { Format = LatentFormat.PerVideo }).Count);
        Assert.Equal(kept, File.GetLastWriteTimeUtc(files[0].Path));
        Assert.True(File.Exists(files[1].Path));

        // Latents of another model are not mixed with them.
        using var other = new ToyCodec(ToyCodecKind.Posterior, frames: 1, seed: 2);
        using var stranger = other.Open();
        var error = Assert.Throws<TinySoraException>(() => Export(stranger, toy, options => options with { Format = LatentFormat.PerVideo }));
        Assert.Equal("TinySora.Latent.OtherCodec", error.Id);
        Assert.Contains(model.Id, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LatentFormat.Npy)]
    [InlineData(LatentFormat.PerVideo)]
    public void File_that_appears_after_the_check_is_kept(LatentFormat format)
    {
        using var toy = new ToyCodec(ToyCodecKind.Posterior, frames: 1);
        using var model = toy.Open();
        var options = new LatentExportOptions { DataPath = toy.Data, OutputPath = toy.File("out"), Format = format, Frames = 4 };
        var path = LatentExport.Write(model, options, skipped.Add).Select(file => file.Path).First();
        Directory.Delete(toy.File("out"), recursive: true);
        var late = LatentExport.Write(model, options, skipped.Add);
        Directory.CreateDirectory(toy.File("out"));
        File.WriteAllText(path, "mine");
        Assert.Equal("TinySora.Runtime.NameTaken", Assert.Throws<TinySoraException>(() => late.Count()).Id);
        Assert.Equal("mine", File.ReadAllText(path));
    }

    [Fact]
    public void File_of_a_changed_video_is_replaced_only_if_the_export_wrote_it()
    {
        using var toy = new ToyCodec(ToyCodecKind.Posterior, frames: 1);
        using var model = toy.Open();
        var options = new LatentExportOptions { DataPath = toy.Data, OutputPath = toy.File("out"), Format = LatentFormat.PerVideo };
        var path = LatentExport.Write(model, options, skipped.Add).Select(file => file.Path).ToList()[0];
        var before = File.ReadAllBytes(path);
        toy.WriteClip("clips/a.gif", 4, 7);
        Assert.Equal(2, LatentExport.Write(model, options, skipped.Add).Count());
        Assert.NotEqual(before, File.ReadAllBytes(path));

        var edited = File.ReadAllBytes(path);
        edited[^1] ^= 1;
        File.WriteAllBytes(path, edited);
        toy.WriteClip("clips/a.gif", 6, 8);
        Assert.Equal("TinySora.Data.OutputExists", Assert.Throws<TinySoraException>(() => LatentExport.Write(model, options, skipped.Add)).Id);
        Assert.Equal(edited, File.ReadAllBytes(path));
        Assert.Equal(2, LatentExport.Write(model, options with { Force = true }, skipped.Add).Count());
    }

    [Fact]
    public void Unsupported_export_is_refused_before_anything_is_read()
    {
        using var toy = new ToyCodec();
        using var model = toy.Open();
        var error = Assert.Throws<TinySoraException>(() => Export(model, toy, options => options with { Tokens = true }));
        Assert.Equal("TinySora.Latent.NoQuantizer", error.Id);
        Assert.Contains("s4t4_b_vq", error.Advice, StringComparison.Ordinal);
        Assert.Equal("TinySora.Latent.NoPosterior", Id(options => options with { SampleSeed = 1 }));
        Assert.Equal("TinySora.Latent.NoPosterior", Id(options => options with { Format = LatentFormat.PerVideo }));
        Assert.Equal("TinySora.Model.NotDivisible", Id(options => options with { Frames = 5 }));
        using var single = new ToyCodec(frames: 1);
        using var frames = single.Open();
        Assert.Equal("TinySora.Latent.FramesNeeded", Assert.Throws<TinySoraException>(() => Export(frames, single)).Id);
        Assert.Equal("(2, 3, 3, 4, 4)", Assert.Single(Export(frames, single, options => options with { Frames = 3 })).Shape);

        string Id(Func<LatentExportOptions, LatentExportOptions> change) => Assert.Throws<TinySoraException>(() => Export(model, toy, change)).Id;
    }

    private List<ExportedLatents> Export(CodecModel model, ToyCodec toy, Func<LatentExportOptions, LatentExportOptions>? change = null)
    {
        var options = new LatentExportOptions { DataPath = toy.Data, OutputPath = toy.File("out") };
        return [.. LatentExport.Write(model, change?.Invoke(options) ?? options, skipped.Add)];
    }

    /// <summary>Returns the whole clip if the model takes single frames, otherwise its first four frames.</summary>
    private static Tensor Clip(ToyCodec toy, string name)
    {
        using var model = toy.Open();
        return ClipReader.Read(toy.File("clips", name), model.ShapeOf(null, null, null), 2, CancellationToken.None).ToTensor(CPU);
    }

    private sealed class Collect(List<string> items) : IProgress<ItemProgress>
    {
        public void Report(ItemProgress value)
        {
            lock (items)
            {
                items.Add(value.Item);
            }
        }
    }
}
