using System.Text.RegularExpressions;
using TinySora.Engine.Data.Import;

namespace TinySora.Engine.Data.Kinds;

/// <summary>
/// UCF101 (Soomro, Zamir and Shah 2012): films v_CLASS_gNN_cNN.avi, all in one folder or in one for each class; and any other
/// films in folders named after what they show. The class is the caption.
/// </summary>
internal sealed partial class Ucf101 : ImportedKind
{
    public override string Name => "Ucf101";

    public override string Description => "UCF101, or films in a folder for each class (-Source); the class is the caption.";

    public override IReadOnlyList<string> Parameters => [.. base.Parameters, "FramesPerSecond", "Stride", "MaxClipsPerVideo"];

    /// <summary>Sixteen frames, nearly every third of a film's 25 a second.</summary>
    public override ImportOptions Defaults => new() { Size = 64, Frames = 16 };

    internal override string? CaptionOf(string name)
    {
        var match = FileName().Match(Path.GetFileNameWithoutExtension(name));
        var label = match.Success ? match.Groups["class"].Value : Path.GetFileName(Path.GetDirectoryName(name));
        return string.IsNullOrEmpty(label) ? null : WordBorder().Replace(label, " ").Trim().ToLowerInvariant();
    }

    [GeneratedRegex("^v_(?<class>.+)_g[0-9]+_c[0-9]+$")]
    private static partial Regex FileName();

    /// <summary>The borders between the words of a class name: TaiChi, tai_chi and tai-chi are two words each.</summary>
    [GeneratedRegex("(?<=[a-z])(?=[A-Z])|[-_ ]+")]
    private static partial Regex WordBorder();
}
