using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Arrow;
using TinySora.Engine.Formats.Numpy;
using TinySora.Engine.Latents;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Families.Toy;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Latents;

public sealed class LatentDecoderTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Int32)]
    public void Decoded_tokens_equal_the_reconstruction(ScalarType type)
    {
        using var toy = new ToyCodec(ToyCodecKind.Quantized);
        using var model = toy.Open();
        var exported = LatentExport.Write(
            model, new LatentExportOptions { DataPath = toy.Data, OutputPath = toy.File("out"), Tokens = true }, _ => { }).Single();
        var tokens = NpyFile.Read(exported.Path);
        NpyFile.Write(exported.Path, tokens.to(type));
        var videos = Decode(model, exported.Path, toy);
        Assert.Equal([toy.File("videos", "00000.gif"), toy.File("videos", "00001.gif")], videos.Select(video => video.Path));
        Assert.Equal((1, 4, 16, 16), (videos[1].Index, videos[1].Frames, videos[1].Height, videos[1].Width));
        var shape = model.ShapeOf(null, null, null);
        var clip = ClipReader.Read(toy.File("clips", "below", "b.gif"), shape, 2, CancellationToken.None).ToTensor(CPU);
        Assert.Equal(ClipTensor.FromTensor(model.Decode(model.Encode(clip))[0]).Pixels, ClipFile.Read(videos[1].Path).Pixels);
    }

    [Fact]
    public void Tokens_of_uint16_are_read()
    {
        using var toy = new ToyCodec(ToyCodecKind.Quantized);
        using var model = toy.Open();
        var path = toy.File($"x__{model.Id}_tokens_2frames_train.npy");

        // Like zeros((1, 1, 1, 2), uint16) in numpy with a 3 at the end.
        var header = "{'descr': '<u2', 'fortran_order': False, 'shape': (1, 1, 1, 2), }".PadRight(117) + "\n";
        File.WriteAllBytes(path, [0x93, .. "NUMPY"u8, 1, 0, 118, 0, .. System.Text.Encoding.ASCII.GetBytes(header), 0, 0, 3, 0]);
        var clip = ClipFile.Read(Assert.Single(Decode(model, path, toy)).Path);
        Assert.Equal((2, 4, 8), (clip.Frames, clip.Height, clip.Width));
        Assert.Equal([0, 0, 0], clip.Pixels[..3]);
        Assert.Equal([0, 0, 255], clip.Pixels[^3..]);
    }

    [Fact]
    public void Latent_videos_are_read_in_sorted_order_from_own_files_and_the_pickles_of_the_tutorial()
    {
        using var toy = new ToyCodec(ToyCodecKind.Posterior, frames: 1);
        using var model = toy.Open();
        var options = new LatentExportOptions { DataPath = toy.Data, OutputPath = toy.File("latents"), Format = LatentFormat.PerVideo };
        Assert.Equal(2, LatentExport.Write(model, options, _ => { }).Count());
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Golden", "PyTorch", "video.mp4.pkl"), toy.File("latents", "video.mp4.pkl"));
        var videos = Decode(model, toy.File("latents"), toy);
        Assert.Equal(["a.gif", "b.gif", "video.gif"], videos.Select(video => Path.GetFileName(video.Path)));
        Assert.Equal([4, 6, 2], videos.Select(video => video.Frames));

        // Means of the second frame: channel 0 starts at 96 of 192.
        using var source = LatentSource.Open(toy.File("latents", "video.mp4.pkl"), model);
        var latents = source.Read(0);
        Assert.Equal([1, 3, 2, 4, 4], latents.shape);
        Assert.Equal(0.25f, latents[0, 0, 1, 0, 0].item<float>(), 1e-6f);
        Assert.Equal((47f / 192) - 0.25f, latents[0, 2, 0, 3, 3].item<float>(), 1e-6f);
    }

    [Fact]
    public void Pickle_that_runs_code_is_refused()
    {
        using var toy = new ToyCodec(ToyCodecKind.Posterior, frames: 1);
        using var model = toy.Open();
        File.WriteAllBytes(toy.File("a.mp4.pkl"), [0x80, 2, .. "cos\nsystem\n"u8, (byte)'X', 2, 0, 0, 0, .. "id"u8, 0x85, .. "R."u8]);
        Assert.Equal("TinySora.Checkpoint.RunsCode", Assert.Throws<TinySoraException>(() => Decode(model, toy.File("a.mp4.pkl"), toy)).Id);

        // The same for one hidden in the bytes of a storage.
        byte[] inner = [0x80, 2, .. "cos\nsystem\n"u8, (byte)'X', 2, 0, 0, 0, .. "id"u8, 0x85, .. "R."u8];
        File.WriteAllBytes(
            toy.File("b.mp4.pkl"), [0x80, 3, .. "ctorch.storage\n_load_from_bytes\n"u8, (byte)'C', (byte)inner.Length, .. inner, 0x85, .. "R."u8]);
        Assert.Equal("TinySora.Checkpoint.RunsCode", Assert.Throws<TinySoraException>(() => Decode(model, toy.File("b.mp4.pkl"), toy)).Id);
    }

    [Fact]
    public void Indices_of_an_Arrow_dataset_are_decoded_once_per_video()
    {
        using var toy = new ToyCodec(ToyCodecKind.Quantized);
        using var model = toy.Open();
        Write("part-00000", "one.mp4", "one.mp4", "two.mp4");
        var videos = Decode(model, toy.File("parts", "part-00000"), toy);
        Assert.Equal(["one.gif", "two.gif"], videos.Select(video => Path.GetFileName(video.Path)));
        Assert.Equal([255, 0, 0], ClipFile.Read(videos[0].Path).Frame(1)[(4 * 3)..(5 * 3)].ToArray());

        // A training takes the folder of parts.
        Directory.Delete(toy.File("videos"), recursive: true);
        Write("part-00001", "two.mp4", "three.mp4");
        Assert.Equal(["one.gif", "two.gif", "three.gif"], Decode(model, toy.File("parts"), toy).Select(video => Path.GetFileName(video.Path)));

        void Write(string part, params string[] films)
        {
            using var writer = ArrowDatasetWriter.Create(
                toy.File("parts", part), [new ArrowColumn("video_file", ArrowElement.Text), new ArrowColumn("video_latent_states", ArrowElement.Int64, 3)]);
            foreach (var film in films)
            {
                writer.Add(film, tensor(new long[] { 0, 1, 2, 3 }, [1, 2, 2]));
            }

            writer.Complete();
        }
    }

    [Fact]
    public void File_with_wrong_model_type_rank_or_order_is_refused()
    {
        using var toy = new ToyCodec();
        using var model = toy.Open();
        Refused("TinySora.Latent.OtherCodec", "x__other-model_latents_4frames_train.npy", zeros([1, 3, 2, 4, 4]), "folder to 'other-model'");
        Refused("TinySora.Latent.Nameless", "latents.npy", zeros([1, 3, 2, 4, 4]), "Rename");
        Refused("TinySora.Latent.Unusable", Named("latents"), zeros([1, 3, 2, 4, 4], ScalarType.Float64), "");
        Refused("TinySora.Latent.Unusable", Named("latents"), zeros([3, 2, 4, 4]), "");
        Refused("TinySora.Latent.Empty", Named("latents"), zeros([0, 3, 2, 4, 4]), "create it again");
        Refused("TinySora.Latent.Unusable", Named("latents"), zeros([1, 4, 2, 4, 4]), "");
        Refused("TinySora.Latent.NoQuantizer", Named("tokens"), zeros([1, 2, 4, 4], ScalarType.Int64), "s4t4_b_vq");
        var header = "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 3, 1, 1, 1), }".PadRight(117) + "\n";
        File.WriteAllBytes(toy.File(Named("latents")), [0x93, .. "NUMPY"u8, 1, 0, 118, 0, .. System.Text.Encoding.ASCII.GetBytes(header), .. new byte[12]]);
        var error = Assert.Throws<TinySoraException>(() => Decode(model, toy.File(Named("latents")), toy));
        Assert.Contains("Fortran order", error.Message, StringComparison.Ordinal);
        Assert.Equal("TinySora.Latent.NoLatents", Assert.Throws<TinySoraException>(() => Decode(model, toy.Data, toy)).Id);

        NpyFile.Write(toy.File("x__other-model_latents_4frames_train.npy"), zeros([1, 3, 2, 4, 4]));
        Assert.Single(Decode(model, toy.File("x__other-model_latents_4frames_train.npy"), toy, "me/p/other-model:v1"));

        string Named(string kind) => $"x__{model.Id}_{kind}_4frames_train.npy";

        void Refused(string id, string name, Tensor array, string advice)
        {
            NpyFile.Write(toy.File(name), array);
            var problem = Assert.Throws<TinySoraException>(() => Decode(model, toy.File(name), toy));
            Assert.Equal(id, problem.Id);
            Assert.Contains(advice, problem.Advice, StringComparison.Ordinal);
        }
    }

    /// <summary>minisora's file names, for its own models and Stable Diffusion's: training on such a file must not mistake another name for it.</summary>
    [Theory]
    [InlineData("model-nilqq143", "flying_mnist__model-nilqq143_latents_32frames_train.npy")]
    [InlineData("model-kbu39ped:v11", "flying_mnist_110k__model-kbu39ped_latents_32frames_train.npy")]
    [InlineData("sd-vae-ft-mse", "flying_mnist_11k__sd-vae-ft-mse_latents_32frames_train.npy")]
    public void File_named_after_the_folder_of_the_model_is_accepted(string called, string name)
    {
        using var toy = new ToyCodec();
        using var other = toy.Open();
        NpyFile.Write(toy.File(name), zeros([2, 3, 2, 4, 4]));
        Directory.CreateDirectory(toy.File(called));
        File.Copy(other.Checkpoint.Path, toy.File(called, Path.GetFileName(other.Checkpoint.Path)));
        using (var model = CodecModel.Open(toy.File(called), "cpu"))
        {
            using var source = LatentSource.Open(toy.File(name), model);
            Assert.Equal(2, source.Count);
        }

        Assert.Equal("TinySora.Latent.OtherCodec", Assert.Throws<TinySoraException>(() => LatentSource.Open(toy.File(name), other)).Id);
    }

    [Fact]
    public void Tokens_without_a_code_are_counted()
    {
        using var toy = new ToyCodec(ToyCodecKind.Quantized);
        using var model = toy.Open();
        var path = toy.File($"x__{model.Id}_tokens_4frames_train.npy");
        NpyFile.Write(path, tensor(new long[] { 4, 5, -1, 9 }, [1, 1, 2, 2]));
        var error = Assert.Throws<TinySoraException>(() => Decode(model, path, toy));
        Assert.Equal("TinySora.Latent.TokenTooLarge", error.Id);
        Assert.Contains("such tokens: 3;", error.Message, StringComparison.Ordinal);
        Assert.Contains("largest token: 9)", error.Message, StringComparison.Ordinal);
    }

    private static List<DecodedVideo> Decode(CodecModel model, string path, ToyCodec toy, string? modelId = null)
    {
        using var source = LatentSource.Open(path, model, modelId);
        var paths = LatentDecoder.Paths(source, toy.File("videos"), "gif", new(StringComparer.OrdinalIgnoreCase));
        return [.. Enumerable.Range(0, source.Count).Select(i => LatentDecoder.Decode(model, source, i, paths[i], force: false))];
    }
}
