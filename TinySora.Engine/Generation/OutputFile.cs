using System.Text.RegularExpressions;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Text;

namespace TinySora.Engine.Generation;

/// <summary>Where a generated video goes.</summary>
internal static partial class OutputFile
{
    /// <summary>Endings that a video can be written with.</summary>
    public static readonly IReadOnlyList<string> Formats = [.. ClipFile.WritableExtensions.Select(extension => extension[1..])];

    /// <summary>
    /// One path per video. The name is the one asked for, or the prompt's first three words joined by an underscore, in
    /// lower case and without characters outside [A-Za-z0-9_]; one that Windows takes for a device gets an underscore more.
    /// Several videos are numbered from _0.
    /// </summary>
    /// <param name="taken">Files of other requests: a name made from a prompt steps aside to _2, _3, ...</param>
    /// <exception cref="TinySoraException">UnknownFormat, BadName.</exception>
    public static IReadOnlyList<string> Paths(GenerationRequest request, ISet<string> taken)
    {
        var (folder, name, format, isFromPrompt) = Target(request);
        if (!Formats.Contains(format))
        {
            throw GenerationErrors.UnknownFormat(format, Formats);
        }

        for (var attempt = 1; ; attempt++)
        {
            var stem = attempt == 1 ? name : $"{name}_{attempt}";
            IReadOnlyList<string> paths = request.Count == 1
                ? [Path.Combine(folder, $"{stem}.{format}")]
                : [.. Enumerable.Range(0, request.Count).Select(index => Path.Combine(folder, $"{stem}_{index}.{format}"))];
            if (!isFromPrompt || !paths.Any(taken.Contains))
            {
                return paths;
            }
        }
    }

    private static (string Folder, string Name, string Format, bool IsFromPrompt) Target(GenerationRequest request)
    {
        var format = request.Format.TrimStart('.').ToLowerInvariant();
        var ending = Path.GetExtension(request.OutputPath).TrimStart('.').ToLowerInvariant();
        if (Formats.Contains(ending) && !Directory.Exists(request.OutputPath))
        {
            return (Path.GetDirectoryName(request.OutputPath) ?? "", Path.GetFileNameWithoutExtension(request.OutputPath), ending, false);
        }

        if (request.OutputName is null)
        {
            return (request.OutputPath, FromPrompt(request.Prompt ?? Between(request)), format, true);
        }

        var name = request.OutputName;
        var given = Path.GetExtension(name).TrimStart('.').ToLowerInvariant();
        if (Formats.Contains(given))
        {
            (name, format) = (name[..^(given.Length + 1)], given);
        }

        var isPlain = name.Trim() is not ("" or "." or "..") && name.IndexOfAny(['/', '\\', '\0']) < 0
            && name.IndexOfAny(Path.GetInvalidFileNameChars()) < 0 && !(OperatingSystem.IsWindows() && Reserved().IsMatch(name));
        return isPlain ? (request.OutputPath, name, format, false) : throw GenerationErrors.BadName(request.OutputName);
    }

    private static string? Between(GenerationRequest request) => request.Between is ClipPair pair
        ? $"{Path.GetFileNameWithoutExtension(pair.From)}_to_{Path.GetFileNameWithoutExtension(pair.To)}"
        : null;

    private static string FromPrompt(string? prompt)
    {
        var words = WeightedText.Parse(prompt).Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Take(3);
        var name = NotAllowed().Replace(string.Join('_', words), "").ToLowerInvariant();
        return name.Trim('_').Length == 0 ? "video" : Reserved().IsMatch(name) ? name + "_" : name;
    }

    /// <summary>Names of devices, whatever ending follows: what is written to nul.gif is gone.</summary>
    [GeneratedRegex(@"^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Reserved();

    [GeneratedRegex("[^A-Za-z0-9_]")]
    private static partial Regex NotAllowed();
}
