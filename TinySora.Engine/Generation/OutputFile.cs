using System.Globalization;
using System.Text.RegularExpressions;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Generation;

/// <summary>Folder and name of the videos of a request. Several videos are numbered by appending _0, _1, ...</summary>
/// <param name="Format">File extension without its dot.</param>
/// <param name="IsFromPrompt">Whether the name was derived from the prompt. If such a name is taken, _2, _3, ... is appended.</param>
internal sealed partial record OutputFile(string Folder, string Name, string Format, bool IsFromPrompt, int Count)
{
    /// <summary>The formats that a video can be written in.</summary>
    public static readonly IReadOnlyList<string> Formats = [.. ClipFile.WritableExtensions.Select(extension => extension[1..])];

    /// <exception cref="TinySoraException">UnknownFormat, BadName.</exception>
    public static OutputFile Of(GenerationRequest request)
    {
        var file = Target(request);
        return Formats.Contains(file.Format, StringComparer.OrdinalIgnoreCase) ? file : throw GenerationErrors.UnknownFormat(file.Format, Formats);
    }

    /// <summary>Returns the paths of the videos under one of the candidate names.</summary>
    /// <param name="attempt">Number of the candidate: 1 for the name itself, n to append _n.</param>
    public IReadOnlyList<string> Paths(int attempt)
    {
        var stem = attempt == 1 ? Name : $"{Name}_{attempt}";
        return Count == 1
            ? [Path.Combine(Folder, $"{stem}.{Format}")]
            : [.. Enumerable.Range(0, Count).Select(index => Path.Combine(Folder, $"{stem}_{index}.{Format}"))];
    }

    /// <summary>Returns the number of the candidate name that a file name belongs to; <c>null</c> if the request cannot have this file name.</summary>
    public int? AttemptOf(string fileName)
    {
        if (!fileName.StartsWith(Name, StringComparison.Ordinal) || Rest().Match(fileName, Name.Length) is not { Success: true } rest
            || rest.Groups["format"].Value != Format)
        {
            return null;
        }

        int[] numbers = [.. rest.Groups["number"].Captures.Select(number => int.Parse(number.Value, CultureInfo.InvariantCulture))];
        return (Count, numbers) switch
        {
            (1, []) => 1,
            (1, [>= 2 and var attempt]) => attempt,
            ( > 1, [var index]) when index < Count => 1,
            ( > 1, [>= 2 and var attempt, var index]) when index < Count => attempt,
            _ => null,
        };
    }

    private static OutputFile Target(GenerationRequest request)
    {
        var format = request.Format.TrimStart('.').ToLowerInvariant();
        var ending = Path.GetExtension(request.OutputPath).TrimStart('.');
        var isFolder = Directory.Exists(request.OutputPath);
        if (SafeFileName.IsDevice(Path.GetFileName(request.OutputPath)))
        {
            throw GenerationErrors.BadName(Path.GetFileName(request.OutputPath));
        }

        if (Formats.Contains(ending, StringComparer.OrdinalIgnoreCase) && !isFolder)
        {
            return new(Path.GetDirectoryName(request.OutputPath) ?? "", Path.GetFileNameWithoutExtension(request.OutputPath), ending, false, request.Count);
        }

        if (FileEnding().IsMatch(ending.ToLowerInvariant()) && !isFolder)
        {
            throw GenerationErrors.UnknownFormat(ending, Formats);
        }

        if (request.OutputName is null)
        {
            return new(request.OutputPath, FromPrompt(request), format, true, request.Count);
        }

        var name = request.OutputName;
        var given = Path.GetExtension(name).TrimStart('.');
        if (Formats.Contains(given, StringComparer.OrdinalIgnoreCase))
        {
            (name, format) = (name[..^(given.Length + 1)], given);
        }

        var isPlain = name.Trim() is not ("" or "." or "..") && name.IndexOfAny(['/', '\\', '\0']) < 0
            && name.IndexOfAny(Path.GetInvalidFileNameChars()) < 0 && !SafeFileName.IsDevice(name);
        return isPlain ? new(request.OutputPath, name, format, false, request.Count) : throw GenerationErrors.BadName(request.OutputName);
    }

    private static string FromPrompt(GenerationRequest request)
    {
        var words = request.Prompt ?? request.Start?.Name;
        return request.NameWords is int count ? PromptName.FirstWords(words, count) : PromptName.AllWords(words);
    }

    /// <summary>Matches typical file extensions, such as avi, webm and jpeg. Names of folders rarely have such an ending.</summary>
    [GeneratedRegex("^(?=.*[a-z])[a-z0-9]{3,4}$")]
    private static partial Regex FileEnding();

    /// <summary>Matches the part of a file name after the candidate name: number of the candidate, index of the video, and extension.</summary>
    [GeneratedRegex(@"\G(?:_(?<number>0|[1-9][0-9]{0,8}))*\.(?<format>[a-z0-9]+)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Rest();
}
