using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Latents;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Latents;

public sealed class LatentFolderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Folder_can_be_opened_on_the_engine_thread_with_any_number_of_threads(int threads)
    {
        using var toy = new ToyCodec();
        Enumerable.Range(3, 6).ToList().ForEach(seed => toy.WriteClip($"clips/{seed}.gif", frames: 4, seed));
        using var model = toy.Open();
        EngineThread.FixedThreads = threads;

        // A deadlocked task reports nothing else.
        var opening = Task.Run(() => EngineThread.Run(() =>
        {
            using var latents = LatentFolder.Open(model, toy.Data, LatentKind.Latents, new ClipShape(3, 4, 16));
            return latents.Names.Select((name, i) => latents.Read(i).eq(model.Encode(Clip(name))).all().item<bool>()).ToList();

            Tensor Clip(string name) => ClipReader.Read(Path.Combine(toy.Data, name), new ClipShape(3, 4, 16), 1, CancellationToken.None).ToTensor(CPU);
        }));
        var opened = await opening.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(Enumerable.Repeat(true, 8), opened);
    }

    /// <summary>The training asks for a name with every example.</summary>
    [Fact]
    public void Names_of_clips_are_not_recreated_when_they_are_read()
    {
        using var toy = new ToyCodec();
        using var model = toy.Open();
        using var latents = LatentFolder.Open(model, toy.Data, LatentKind.Latents, new ClipShape(3, 4, 16));
        Assert.Same(latents.Names, latents.Names);
    }
}
