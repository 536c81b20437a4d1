using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Media.Png;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Media.Files;

/// <summary>Reads SVG images with the installed program rsvg-convert (librsvg).</summary>
internal static class SvgPicture
{
    private const string Program = "rsvg-convert";

    /// <summary>Returns whether a file name has the extension of an SVG image.</summary>
    public static bool IsSvg(string path) => Path.GetExtension(path).Equals(".svg", StringComparison.OrdinalIgnoreCase);

    /// <summary>Draws an SVG image.</summary>
    /// <param name="path">Absolute path.</param>
    /// <param name="side">Maximum width and height in pixels. The image is scaled to this size.</param>
    /// <returns>A clip of one frame.</returns>
    /// <exception cref="TinySoraException">The program is missing, or the file is missing or corrupt.</exception>
    public static Clip Read(string path, int side, CancellationToken cancellationToken = default)
    {
        MediaLimits.Check(path);
        var program = ProgramPath.Find(Program) ?? throw MediaErrors.SvgConverterMissing(path, Program);
        using var png = new MemoryStream();
        FFmpegProcess.Run(
            program, path, ["--format", "png", "--keep-aspect-ratio", "--width", $"{side}", "--height", $"{side}", path],
            read: output => output.CopyTo(png), cancellationToken: cancellationToken);
        return PngReader.Read(path, png.ToArray(), cancellationToken);
    }
}
