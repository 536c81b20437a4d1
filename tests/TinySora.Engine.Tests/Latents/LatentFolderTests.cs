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
    public async Task A_folder_can_be_opened_on_the_engine_thread_with_any_number_of_threads(int threads)
    {
        using var toy = new ToyCodec();
        Enumerable.Range(3, 6).ToList().ForEach(seed => toy.WriteClip($"clips/{seed}.gif", frames: 4, seed));
        using var model = toy.Open();
        EngineThread.FixedThreads = threads;

        // Of a task that stands still nobody hears more than that.
        var opening = Task.Run(() => EngineThread.Run(() =>
        {
            using var latents = LatentFolder.Open(model, toy.Data, LatentKind.Latents, new ClipShape(3, 4, 16));
            return latents.Names.Select((name, i) => latents.Read(i).eq(model.Encode(Clip(name))).all().item<bool>()).ToList();

            Tensor Clip(string name) => ClipReader.Read(Path.Combine(toy.Data, name), new ClipShape(3, 4, 16), 1, CancellationToken.None).ToTensor(CPU);
        }));
        var opened = await opening.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(Enumerable.Repeat(true, 8), opened);
    }

    /// <summary>Each example of a training asks for one of them.</summary>
    [Fact]
    public void The_names_of_clips_are_not_made_anew_when_they_are_asked_for()
    {
        using var toy = new ToyCodec();
        using var model = toy.Open();
        using var latents = LatentFolder.Open(model, toy.Data, LatentKind.Latents, new ClipShape(3, 4, 16));
        Assert.Same(latents.Names, latents.Names);
    }
}
