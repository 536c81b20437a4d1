namespace TinySora.Engine.Tests.Text;

/// <summary>A small BERT encoder with random weights, whose outputs are known.</summary>
internal static class GoldenBert
{
    internal static void CopyTo(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var name in new[] { "vocab.txt", "config.json", "model.safetensors" })
        {
            File.Copy(Path.Combine(AppContext.BaseDirectory, "Golden", "bert", name), Path.Combine(folder, name), overwrite: true);
        }
    }
}
