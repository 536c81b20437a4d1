using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Training.Results;

/// <summary>
/// The config.yaml file in a results folder. Its first line contains a hash of the other lines. The hash distinguishes a file that the user has edited from
/// an unchanged file, which the next run may replace.
/// </summary>
internal static class StoredConfig
{
    private const string Mark = "# Written by a training run. SHA-256 of the lines below: ";

    /// <summary>Writes the configuration of a run, unless the user has edited the existing file.</summary>
    /// <returns>Whether the file now matches the run; <c>false</c> if the user's file differs.</returns>
    /// <exception cref="TinySoraException">CannotWrite, Unreadable.</exception>
    public static bool TryWrite(string path, RunConfig config)
    {
        if (File.Exists(path) && !IsWrittenByRun(path))
        {
            return Matches(path, config);
        }

        var text = ConfigFile.ToYaml(config, comments: true);
        ConfigFile.WriteText(path, $"{Mark}{Hash(text)}\n{text}");
        return true;
    }

    private static bool IsWrittenByRun(string path)
    {
        var text = OnFailure.Throw(path, ConfigErrors.Unreadable, () => BusyFile.ReadText(path));

        // After a power cut, a new file may be empty or contain only zeros.
        if (text.Trim('\0').Length == 0)
        {
            return true;
        }

        return text.StartsWith(Mark, StringComparison.Ordinal)
            ? text.Split('\n', 2) is [var first, var rest] && first[Mark.Length..] == Hash(rest)
            : IsOfEarlierVersion(path, text);
    }

    /// <summary>
    /// Returns whether a file without a hash was written by a run of version 0.1. Such a file has the form that runs write, and was not changed after the last
    /// update of the run's status.
    /// </summary>
    private static bool IsOfEarlierVersion(string path, string text)
    {
        var status = new FileInfo(Path.Combine(Path.GetDirectoryName(path)!, ResultsFolder.StatusName));
        return ConfigFile.HasStoredForm(text) && status.Exists && File.GetLastWriteTimeUtc(path) <= status.LastWriteTimeUtc;
    }

    private static bool Matches(string path, RunConfig config) => OnFailure.Recover(
        false, () => ConfigFile.ToYaml(ConfigFile.ParseStored(ConfigFile.ReadText(path), path)) == ConfigFile.ToYaml(config));

    private static string Hash(string text) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
