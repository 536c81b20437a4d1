using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Training.Checkpoints;
using static TorchSharp.torch;

namespace TinySora.Engine.Latents;

/// <summary>A video decoded from latents or tokens.</summary>
/// <param name="LatentPath">File or folder that contains the latents.</param>
/// <param name="Index">Index of the clip in that file or folder, from 0.</param>
/// <param name="Checkpoint">Path of the autoencoder's checkpoint.</param>
public sealed record DecodedVideo(string Path, string LatentPath, int Index, int Frames, int Height, int Width, string Checkpoint)
{
    /// <summary>Short name of the autoencoder, see <see cref="ModelName"/>.</summary>
    public string Model => ModelName.Of(Checkpoint);

    /// <summary>Returns the path, so that the object can be passed to commands that read files.</summary>
    public override string ToString() => Path;
}

/// <summary>Decodes latents or tokens and writes them to video files.</summary>
public static class LatentDecoder
{
    /// <summary>Duration of a frame in milliseconds, as in generated videos.</summary>
    private const int FrameMilliseconds = 100;

    /// <summary>Returns the paths that <see cref="Decode"/> writes to. Files have the names of the videos, plus a number for repeated names.</summary>
    /// <param name="taken">Case-insensitive names that other sources already use in the folder. The names of this source are added.</param>
    public static IReadOnlyList<string> Paths(LatentSource source, string folder, string format, HashSet<string> taken) =>
        [.. Enumerable.Range(0, source.Count).Select(i => Path.Combine(folder, $"{SafeFileName.Unique(source.NameOf(i), taken, '_')}.{format}"))];

    /// <summary>Decodes and writes one video; a single frame becomes a .png file.</summary>
    /// <param name="path">A path from <see cref="Paths"/>.</param>
    /// <param name="force">Whether to overwrite an existing file.</param>
    /// <exception cref="TinySoraException">OutputExists; errors from <see cref="LatentSource.Read"/> and <see cref="ClipFile.Write"/>.</exception>
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
