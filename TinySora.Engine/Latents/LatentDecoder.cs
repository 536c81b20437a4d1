using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Training.Checkpoints;
using static TorchSharp.torch;

namespace TinySora.Engine.Latents;

/// <summary>A video that was made of latents or tokens.</summary>
/// <param name="LatentPath">The file or folder that they are in.</param>
/// <param name="Index">Which of its clips, from 0.</param>
/// <param name="Checkpoint">The autoencoder's file.</param>
public sealed record DecodedVideo(string Path, string LatentPath, int Index, int Frames, int Height, int Width, string Checkpoint)
{
    /// <summary>Short name of the autoencoder, see <see cref="ModelName"/>.</summary>
    public string Model => ModelName.Of(Checkpoint);

    /// <summary>The path, which is what commands that take files read.</summary>
    public override string ToString() => Path;
}

/// <summary>Makes videos of latents or tokens.</summary>
public static class LatentDecoder
{
    /// <summary>How long a frame is shown, in milliseconds; the same as in generated videos.</summary>
    private const int FrameMilliseconds = 100;

    /// <summary>The files that <see cref="Decode"/> writes: named after the videos, numbered where two bear one name.</summary>
    /// <param name="taken">Names of the videos of other sources that go into the folder, compared in any case; to which those of this one are added.</param>
    public static IReadOnlyList<string> Paths(LatentSource source, string folder, string format, HashSet<string> taken) =>
        [.. Enumerable.Range(0, source.Count).Select(i => Path.Combine(folder, $"{PlainName.Unique(source.NameOf(i), taken, '_')}.{format}"))];

    /// <summary>Writes one video; of a single frame it ends in png.</summary>
    /// <param name="path">See <see cref="Paths"/>.</param>
    /// <param name="force">Writes over a file that is there.</param>
    /// <exception cref="TinySoraException">OutputExists; the errors of <see cref="LatentSource.Read"/> and <see cref="ClipFile.Write"/>.</exception>
    public static DecodedVideo Decode(CodecModel model, LatentSource source, int index, string path, bool force) => EngineThread.Run(() =>
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var clip = ClipTensor.FromTensor(model.Decode(source.Read(index))[0], FrameMilliseconds);
        var target = clip.Frames == 1 ? Path.ChangeExtension(path, ".png") : path;
        if (!force && File.Exists(target))
        {
            throw GenerationErrors.OutputExists(target);
        }

        DiskFlush.CreateFolder(Path.GetDirectoryName(Path.GetFullPath(target))!);
        ClipFile.Write(target, clip, overwrite: force);
        return new DecodedVideo(target, source.Path, index, clip.Frames, clip.Height, clip.Width, model.Checkpoint.Path);
    });
}
