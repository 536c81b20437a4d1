using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Training.Results;

/// <summary>
/// The config.yaml of a results folder. Its first line holds a hash of the others, which tells a file that a run wrote, and that the next one may
/// replace, from one that the user edited.
/// </summary>
internal static class StoredConfig
{
    private const string Mark = "# Written by a training run. SHA-256 of the lines below: ";

    /// <summary>Writes the configuration of a run, unless the file that is there is the user's, which stays as it is.</summary>
    /// <returns>Whether the file says what the run does; <c>false</c> if it is the user's and says something else.</returns>
    /// <exception cref="TinySoraException">CannotWrite, Unreadable.</exception>
    public static bool TryWrite(string path, RunConfig config)
    {
        if (File.Exists(path) && !IsWrittenByRun(path))
        {
            return Says(path, config);
        }

        var text = ConfigFile.ToYaml(config, comments: true);
        ConfigFile.WriteText(path, $"{Mark}{Hash(text)}\n{text}");
        return true;
    }

    private static bool IsWrittenByRun(string path)
    {
        var text = OnFailure.Throw(path, ConfigErrors.Unreadable, () => BusyFile.ReadText(path));

        // What a power cut leaves of a new file may be nothing, or zeros.
        if (text.Trim('\0').Length == 0)
        {
            return true;
        }

        return text.StartsWith(Mark, StringComparison.Ordinal)
            ? text.Split('\n', 2) is [var first, var rest] && first[Mark.Length..] == Hash(rest)
            : IsOfEarlierVersion(path, text);
    }

    /// <summary>
    /// Whether a file without the mark was written by a run of version 0.1 before it had one: it has the form in which runs write, and has not changed
    /// since the run last reported its status.
    /// </summary>
    private static bool IsOfEarlierVersion(string path, string text)
    {
        var status = new FileInfo(Path.Combine(Path.GetDirectoryName(path)!, ResultsFolder.StatusName));
        return ConfigFile.HasStoredForm(text) && status.Exists && File.GetLastWriteTimeUtc(path) <= status.LastWriteTimeUtc;
    }

    private static bool Says(string path, RunConfig config)
    {
        try
        {
            return ConfigFile.ToYaml(ConfigFile.ParseStored(ConfigFile.ReadText(path), path)) == ConfigFile.ToYaml(config);
        }
        catch (TinySoraException)
        {
            return false;
        }
    }

    private static string Hash(string text) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
