using System.Text.RegularExpressions;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Import;

namespace TinySora.Engine.Data.Kinds;

/// <summary>
/// UCF101 (Soomro, Zamir and Shah 2012): videos v_CLASS_gNN_cNN.avi in one folder or in one folder per class, or any other videos in folders named after their
/// class. The class is the caption.
/// </summary>
internal sealed partial class Ucf101 : ImportedKind
{
    public override string Name => "Ucf101";

    public override string Description => "UCF101, or videos in one folder per class (-Source); the class is the caption.";

    public override IReadOnlyList<string> Parameters => [.. base.Parameters, "FramesPerSecond", "Stride", "MaxClipsPerVideo"];

    /// <summary>Default options: sixteen frames per clip, about every third frame of a video with 25 frames per second.</summary>
    public override ImportOptions Defaults => new() { Size = 64, Frames = 16 };

    internal override string? CaptionOf(string name)
    {
        var match = FileName().Match(Path.GetFileNameWithoutExtension(name));
        var label = match.Success ? match.Groups["class"].Value : Path.GetFileName(Path.GetDirectoryName(name));
        return string.IsNullOrEmpty(label) ? null : WordBorder().Replace(CaptionTable.Composed(label), " ").Trim().ToLowerInvariant();
    }

    [GeneratedRegex("^v_(?<class>.+)_g[0-9]+_c[0-9]+$")]
    private static partial Regex FileName();

    /// <summary>Matches the borders between words of a class name: TaiChi, tai_chi and tai-chi have two words each.</summary>
    [GeneratedRegex("(?<=[a-z])(?=[A-Z])|[-_ ]+")]
    private static partial Regex WordBorder();
}
