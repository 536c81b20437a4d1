using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Studio;

/// <summary>Adds training runs to the queue on request from the page. All files that they read or write must be in the studio's folder.</summary>
internal sealed class TrainingService(StudioTrainings trainings)
{
    private const string Runs = "runs";
    private const int LongestName = 80;

    private readonly StudioFolder folder = new(trainings.Folder);

    /// <summary>Returns the choices for the form on the page: configurations and folders of clips.</summary>
    public TrainingChoices Choices() => new(
        [.. Presets.Names, .. Files("*.yaml", "*.yml").Select(file => $"./{file.Name}")],
        [.. Folders().Where(HasClips).Select(place => $"./{place.Name}")]);

    /// <summary>Adds a training run to the queue on this machine, or only returns the command that would do so.</summary>
    /// <exception cref="TinySoraException">OutsideFolder, BadRunName, and errors from queueing.</exception>
    public TrainingPlace Queue(TrainingForm form)
    {
        var config = Presets.Names.Contains(form.Config, StringComparer.OrdinalIgnoreCase) ? form.Config : folder.Inside(form.Config);
        var budget = string.IsNullOrWhiteSpace(form.Budget) ? null : form.Budget.Trim();
        var order = new TrainingOrder(trainings.Folder, config, folder.Inside(form.DataPath), folder.Inside(Path.Combine(Runs, NameOf(form))), budget);
        if (!form.Preview)
        {
            trainings.Queue(order);
        }

        return new TrainingPlace(trainings.Command(order), order.ResultsPath);
    }

    private static string NameOf(TrainingForm form) =>
        form.Name is { Length: > 0 and <= LongestName } name && char.IsLetterOrDigit(name[0]) && name[^1] != '.'
            && name.All(c => char.IsLetterOrDigit(c) || c is '.' or '-' or '_')
            ? name
            : throw StudioErrors.BadRunName(form.Name);

    private IEnumerable<FileInfo> Files(params string[] patterns) => patterns.SelectMany(pattern => Listed(place => place.GetFiles(pattern)));

    private IEnumerable<DirectoryInfo> Folders() => Listed(place => place.GetDirectories()).Where(entry => !entry.Name.StartsWith('.'));

    private T[] Listed<T>(Func<DirectoryInfo, T[]> list)
        where T : FileSystemInfo => OnFailure.Return<T[]>([], () =>
            [.. list(new DirectoryInfo(trainings.Folder)).Where(entry => entry.LinkTarget is null).OrderBy(entry => entry.Name, StringComparer.Ordinal)]);

    private static bool HasClips(DirectoryInfo place) => OnFailure.Return(false, () =>
    {
        string[] places = [place.FullName, Path.Combine(place.FullName, "train")];
        return places.Where(Directory.Exists).Any(one => Directory.EnumerateFiles(one).Any(
            file => ClipSource.Extensions.Contains(Path.GetExtension(file).ToLowerInvariant()) && File.Exists(Path.ChangeExtension(file, ".txt"))));
    });
}

/// <param name="Config">Name of a preset, or path of a configuration file relative to the studio's folder.</param>
/// <param name="DataPath">Folder of the clips, relative to the studio's folder.</param>
/// <param name="Name">Name of the run, which is also its folder in ./runs.</param>
/// <param name="Budget">Time budget such as 3min; <c>null</c> for the number of steps in the configuration.</param>
/// <param name="Preview">Whether to return only the command.</param>
internal sealed record TrainingForm(string Config, string DataPath, string Name, string? Budget = null, bool Preview = false);

internal sealed record TrainingChoices(IReadOnlyList<string> Configs, IReadOnlyList<string> DataPaths);

internal sealed record TrainingPlace(string Command, string ResultsPath);
