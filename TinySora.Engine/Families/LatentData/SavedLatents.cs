using TinySora.Engine.Data;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Errors;
using TinySora.Engine.Latents;

namespace TinySora.Engine.Families.LatentData;

/// <summary>
/// A folder of latents that were saved for films, each file named after its film: <c>clip.mp4.safetensors</c>, or .pkl of the Latte tutorial.
/// </summary>
/// <param name="Folder">Need not be there.</param>
/// <param name="Writes">Films that have none get them before training.</param>
internal sealed record SavedLatents(string Folder, bool Writes)
{
    /// <summary>The file of each film that has one: of its path below the folder, or of its name alone, as the tutorial's code writes them.</summary>
    /// <param name="Strangers">Files that are of no film, below the folder.</param>
    public sealed record Matches(IReadOnlyDictionary<string, string> Files, IReadOnlyList<string> Strangers);

    /// <param name="films">All that there are, also those that are not trained on.</param>
    /// <exception cref="TinySoraException">FolderUnreadable; a file is damaged.</exception>
    public Matches Match(IReadOnlyList<ClipSource> films)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.Exists(Folder) ? VideoLatents.Find(Folder) : [])
        {
            found[NameOf(file)] = file; // of two for a film the safetensors, which comes last in ordinal order
        }

        var alone = films.GroupBy(film => Path.GetFileName(film.Name), StringComparer.Ordinal).Where(group => group.Count() == 1).Select(group => group.Key)
            .ToHashSet(StringComparer.Ordinal);
        var (files, known) = (new Dictionary<string, string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        foreach (var film in films)
        {
            var name = found.ContainsKey(film.Name) || !alone.Contains(Path.GetFileName(film.Name)) ? film.Name : Path.GetFileName(film.Name);
            if (found.TryGetValue(name, out var file))
            {
                known.Add(name);
                if (LatentExport.MayBeOf(file, film))
                {
                    files.Add(film.Name, file);
                }
            }
        }

        return new(files, [.. found.Keys.Except(known).Order(StringComparer.Ordinal)]);
    }

    /// <summary>Whether every film of a folder that is chosen has one.</summary>
    /// <exception cref="TinySoraException">As <see cref="Match"/>; NoClips, NothingSelected, CannotRead.</exception>
    public bool HaveAll(string folder, FilmChoice choice)
    {
        if (!Directory.Exists(Folder) || !Directory.Exists(folder) || ClipSource.Find(folder) is not { Count: > 0 } films)
        {
            return false;
        }

        var found = Match(films);
        return ClipReader.Find(folder, choice).All(film => found.Files.ContainsKey(film.Name));
    }

    private string NameOf(string file) => Path.ChangeExtension(Path.GetRelativePath(Folder, file), null).Replace('\\', '/');
}
