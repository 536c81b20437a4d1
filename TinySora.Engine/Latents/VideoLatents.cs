using TinySora.Engine.Data;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.Weights;
using static TorchSharp.torch;

namespace TinySora.Engine.Latents;

/// <summary>
/// Latents in one file per video, which is named after the video and contains one tensor (n, C, h, w). Reads safetensors files from this program, and pickled
/// tensors from the Latte tutorial, without executing code.
/// </summary>
internal sealed class VideoLatents(string path, IReadOnlyList<string> files, CodecModel? model) : LatentSource(path, model)
{
    private static readonly string[] Extensions = [".safetensors", ".pkl", ".pickle", ".pt", ".pth"];

    private readonly CodecModel? model = model;

    public override int Count => files.Count;

    /// <summary>
    /// Returns the latent files in a folder in ordinal order, or the file at the path. In a folder of clips, checkpoints and other weight files in subfolders
    /// are omitted.
    /// </summary>
    public static IReadOnlyList<string> Find(string path) => OnFailure.Throw<string[]>(path, DataErrors.FolderUnreadable, () =>
    {
        if (!Directory.Exists(path))
        {
            return File.Exists(path) && IsNamed(path) ? [path] : [];
        }

        string[] found = [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(IsNamed).Order(StringComparer.Ordinal)];
        return found.Length > 0 && ClipSource.Find(path).Count > 0 ? [.. found.Where(IsOne)] : found;
    });

    /// <summary>Returns the name of a clip without its folder and extension: <c>clip</c> for <c>below/clip.mp4.safetensors</c>.</summary>
    public override string NameOf(int index) => System.IO.Path.GetFileNameWithoutExtension(System.IO.Path.GetFileNameWithoutExtension(files[index]));

    internal override string FileOf(int index) => files[index];

    internal override string? SourceVideoOf(int index)
    {
        using var file = TensorFile.Open(files[index]);
        return file.Metadata.GetValueOrDefault(LatentExport.SourceVideoKey);
    }

    public override bool HasLengths => true;

    public override (long Frames, long Height, long Width)? SizeOf(int index)
    {
        using var file = TensorFile.Open(files[index]);
        var shape = Stored(file, files[index]).Shape;
        return (shape[0], shape[2], shape[3]);
    }

    public override Tensor Read(int index)
    {
        var name = files[index];
        using var scope = NewDisposeScope();
        using var file = TensorFile.Open(name);
        if (file.Metadata.TryGetValue(LatentExport.CodecKey, out var hash) && model is not null && hash != model.Hash)
        {
            throw LatentErrors.OtherCodec(name, CodecModel.IdOf(hash), model.Id);
        }

        using var values = Stored(file, name).Read();
        return Latents(name, values.permute(1, 0, 2, 3).unsqueeze(0), index).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Returns the traits recorded in the first file. A file without recorded traits is assumed to be encoded from single frames, and a pickle to
    /// contain moments, as in the Latte tutorial.
    /// </summary>
    private protected override CodecTraits TraitsFor((int Frames, int Height, int Width) clip)
    {
        using var file = TensorFile.Open(files[0]);
        var hash = file.Metadata.GetValueOrDefault(LatentExport.CodecKey);
        if (CodecTraits.Parse(file.Metadata.GetValueOrDefault(LatentExport.TraitsKey), hash) is CodecTraits said)
        {
            return said;
        }

        var shape = Stored(file, files[0]).Shape;
        var channels = (int)shape[1];
        var isMoments = KeepsMoments || file.Tensors.ContainsKey(LatentExport.Moments) || !SafetensorsFile.IsOne(files[0]);
        var stride = StrideOf(files[0], (1, shape[2], shape[3]), clip with { Frames = 1 });
        return new(stride, isMoments && channels % 2 == 0 ? channels / 2 : channels, null, hash);
    }

    private static bool IsNamed(string file) => Extensions.Contains(System.IO.Path.GetExtension(file).ToLowerInvariant());

    /// <summary>Returns whether a file contains the latents of a video.</summary>
    private static bool IsOne(string path) => OnFailure.Recover(false, () =>
    {
        using var file = TensorFile.Open(path);
        Stored(file, path);
        return true;
    });

    /// <summary>Returns the only tensor in a file.</summary>
    private static StoredTensor Stored(ITensorFile file, string name)
    {
        var expected = "one tensor of shape (n, C, h, w) with floating-point numbers";
        if (file.Tensors.Values.ToList() is not [var stored])
        {
            throw LatentErrors.Unusable(name, $"contains {file.Tensors.Count} tensors", expected);
        }

        return stored.Shape.Count == 4 && stored.Type is ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float64
            ? stored
            : throw LatentErrors.Unusable(name, $"contains a {stored.Type} tensor of shape ({string.Join(", ", stored.Shape)})", expected);
    }
}
