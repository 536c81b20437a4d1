using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Weights;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Formats.Weights;

/// <summary>Finding, recognizing and describing weight files.</summary>
public sealed class WeightFilesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Format_is_that_of_the_content_and_otherwise_of_the_extension()
    {
        SafetensorsFile.Write(folder.File("a.pt"), new Dictionary<string, string>(), [("x", zeros([1]))]);
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Golden", "PyTorch", "zip.pt"), folder.File("b.safetensors"));
        using (var file = TensorFile.Open(folder.File("a.pt")))
        {
            Assert.Equal("x", Assert.Single(file.Tensors).Key);
        }

        using (var file = TensorFile.Open(folder.File("b.safetensors")))
        {
            Assert.NotEmpty(file.Tensors);
        }

        foreach (var (name, id) in new[] { ("c.SafeTensors", "TinySora.Checkpoint.NotSafetensors"), ("c.bin", "TinySora.Checkpoint.NotPyTorch") })
        {
            File.WriteAllText(folder.File(name), "a text that is neither of the two");
            Assert.Equal(id, Assert.Throws<TinySoraException>(() => TensorFile.Open(folder.File(name)).Dispose()).Id);
        }
    }

    [Theory]
    [InlineData("module.a.weight", "a.weight")]
    [InlineData("_orig_mod.module.a._fsdp_wrapped_module.b._checkpoint_wrapped_module.weight", "a.b.weight")]
    [InlineData("a.modules.weight", "a.modules.weight")]
    [InlineData("module", "")]
    public void Names_lose_the_parts_of_wrappers(string name, string expected)
    {
        Assert.Equal(expected, WrapperNames.Remove(name));
        Assert.Equal(expected.Split('.', StringSplitOptions.RemoveEmptyEntries), WrapperNames.Parts(name));
    }

    [Fact]
    public void Json_in_metadata_is_read_if_it_is_valid()
    {
        var metadata = new Dictionary<string, string> { ["list"] = "[1,2]", ["null"] = "null", ["cut"] = "[", ["nan"] = MetadataJson.Write(new[] { double.NaN, 0.5 }) };
        Assert.Equal([1, 2], Read<int[]>("list")!);
        Assert.Equal([double.NaN, 0.5], Read<double[]>("nan")!);
        Assert.Null(Read<int[]>("missing"));
        Assert.Contains("'[1,2]' for list", Assert.Throws<TinySoraException>(() => Read<int[]>("list", isSound: false)).Message, StringComparison.Ordinal);
        Assert.Contains("'null' for null", Assert.Throws<TinySoraException>(() => Read<int[]>("null")).Message, StringComparison.Ordinal);
        Assert.Contains("'[' for cut", Assert.Throws<TinySoraException>(() => Read<int[]>("cut")).Message, StringComparison.Ordinal);

        T? Read<T>(string key, bool isSound = true)
            where T : class => MetadataJson.Read<T>(metadata, key, _ => isSound, text => WeightFileErrors.DamagedMetadata("a", key, text));
    }

    [Fact]
    public void Dependency_is_found_at_its_path_or_beside_the_checkpoint()
    {
        var checkpoint = folder.File("run", "step-1.safetensors");
        Directory.CreateDirectory(folder.File("run", "vae"));
        Directory.CreateDirectory(folder.File("other", "vae"));
        Assert.Equal(folder.File("other", "vae"), ModelDependency.Locate(checkpoint, folder.File("other", "vae")));
        Assert.Equal(folder.File("run", "vae"), ModelDependency.Locate(checkpoint, "D:\\models\\vae\\"));
        Assert.Equal("/models/clip", ModelDependency.Locate(checkpoint, "/models/clip"));
    }

    [Fact]
    public void Path_of_a_bundled_file_is_stored_as_its_name()
    {
        Assert.Equal("clips-vae.safetensors", ModelDependency.Portable(ModelDependency.BundledPath("clips-vae.safetensors")));
        Assert.EndsWith(Path.Combine("models", "a"), ModelDependency.BundledPath("a"), StringComparison.Ordinal);
        Assert.Equal("runs/clips-vae.safetensors", ModelDependency.Portable("runs/clips-vae.safetensors"));
        Assert.Equal("", ModelDependency.Portable(""));
    }

    [Fact]
    public void Path_of_a_bundled_file_of_another_module_is_stored_as_its_name()
    {
        var name = $"{Guid.NewGuid()}.safetensors";
        var bundled = ModelDependency.BundledPath(name);
        Directory.CreateDirectory(Path.GetDirectoryName(bundled)!);
        File.WriteAllText(bundled, "one model");
        try
        {
            File.WriteAllText(folder.File(name), "one model");
            Assert.Equal(name, ModelDependency.Portable(folder.File(name)));
            foreach (var other in (string[])["another", "two model"])
            {
                File.WriteAllText(folder.File(name), other);
                Assert.Equal(folder.File(name), ModelDependency.Portable(folder.File(name)));
            }
        }
        finally
        {
            File.Delete(bundled);
        }
    }

    [Theory]
    [InlineData("1", false)]
    [InlineData("2", true)]
    [InlineData(null, false)]
    public void Dependency_has_changed_if_its_hash_has(string? trained, bool hasChanged)
    {
        var recorded = trained is null ? [] : new Dictionary<string, string> { ["hash"] = trained };
        Assert.Equal(hasChanged, ModelDependency.HasChanged(new Dictionary<string, string> { ["hash"] = "1", ["other"] = "3" }, recorded));
    }
}
