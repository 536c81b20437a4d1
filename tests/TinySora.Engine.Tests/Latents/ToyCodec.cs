using TinySora.Engine.Configuration;
using TinySora.Engine.Latents;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Tests.Families.Toy;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Tests.Latents;

/// <summary>A checkpoint of <see cref="ToyCodecFamily"/> and clips for it, in their own folder.</summary>
internal sealed class ToyCodec : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public ToyCodec(ToyCodecKind kind = ToyCodecKind.Plain, int frames = 4, int seed = 1)
    {
        WriteClip("clips/a.gif", frames: 4, seed: 1);
        WriteClip("clips/below/b.gif", frames: 6, seed: 2);
        TrainingSession.Run(
            new TrainingRequest
            {
                Config = new RunConfig
                {
                    Family = new ToyCodecConfig { Codec = new() { Kind = kind, Frames = frames } },
                    Trainer = new TrainerConfig { TrainBatchSize = 1, TrainNumSteps = 1, TrainLr = 1e-3 * seed },
                },
                DataPath = Data, ResultsPath = File("codec"), Device = "cpu",
            },
            new RecordingObserver(), CancellationToken.None);
    }

    public string Data => File("clips");

    public string File(params string[] parts) => folder.File(parts);

    public CodecModel Open() => CodecModel.Open(File("codec"), "cpu");

    /// <summary>Draws a clip of blocks in few colors, which a GIF stores without loss.</summary>
    public Clip WriteClip(string name, int frames, int seed, int size = 16)
    {
        var random = new Random(seed);
        var colors = Enumerable.Range(0, 8).Select(_ => new[] { (byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256) }).ToArray();
        var pixels = new byte[frames * size * size * 3];
        for (var i = 0; i < pixels.Length / 3; i++)
        {
            var block = (i / (size * size)) + (i / size % size / 3) + (i % size / 5);
            colors[block % colors.Length].CopyTo(pixels, i * 3);
        }

        var clip = new Clip(pixels, frames, size, size, 3);
        Directory.CreateDirectory(Path.GetDirectoryName(File(name))!);
        ClipFile.Write(File(name), clip);
        return clip;
    }

    public void Dispose() => folder.Dispose();
}
