using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Tests.Training.Checkpoints;

public sealed class ImportableWeightsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Starts with the most likely file; training files that do not contain the model are last.</summary>
    [Fact]
    public void Files_are_in_order_of_likelihood()
    {
        Write("b.pt", "a.PTH", "vqvae.ckpt", "Discriminator.bin", "my_Optimizer.pt", "codec.bin", "notes.txt", "model.safetensors");
        Assert.Equal(["a.PTH", "b.pt", "codec.bin", "vqvae.ckpt", "Discriminator.bin", "my_Optimizer.pt"], Names(folder.Path, autoencoder: false));
        Assert.Equal(["codec.bin", "vqvae.ckpt", "a.PTH", "b.pt", "Discriminator.bin", "my_Optimizer.pt"], Names(folder.Path, autoencoder: true));
    }

    [Fact]
    public void At_most_ten_files_are_listed()
    {
        Write([.. Enumerable.Range(0, 12).Select(i => $"{(char)('a' + i)}.pt")]);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"{(char)('a' + i)}.pt"), Names(folder.Path, autoencoder: false));
    }

    [Fact]
    public void Missing_folder_has_the_files_of_its_name()
    {
        Write("latte.pt", "latte.ckpt", "latte.txt", "latte2.pt");
        Assert.Equal(["latte.ckpt", "latte.pt"], Names(folder.File("latte"), autoencoder: false));
        Assert.Equal(["latte.ckpt", "latte.pt"], Names(folder.File("latte") + "/", autoencoder: false));
        Assert.Empty(Names(folder.File("nothing"), autoencoder: false));
    }

    private static IEnumerable<string?> Names(string path, bool autoencoder) => ImportableWeights.At(path, autoencoder).Select(Path.GetFileName);

    private void Write(params string[] names) => Array.ForEach(names, name => File.WriteAllText(folder.File(name), ""));
}
