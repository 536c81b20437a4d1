using TinySora.Engine.Data.Captions;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Fonts;

namespace TinySora.Engine.Data.Sprites;

/// <summary>Reads the pictures of a sprite world and their names.</summary>
public static class SpriteSource
{
    /// <summary>Minimum length in pixels that pictures are reduced to.</summary>
    private const int MinSide = 128;

    private const string StandardFont = "NotoColorEmoji.ttf";

    /// <summary>Folders where systems install Noto Color Emoji.</summary>
    internal static IReadOnlyList<string> FontFolders { get; } =
    [
        .. (OperatingSystem.IsWindows()
            ? new[] { Folder(Environment.SpecialFolder.Fonts, ""), Folder(Environment.SpecialFolder.LocalApplicationData, "Microsoft/Windows/Fonts") }
            : OperatingSystem.IsMacOS() ? ["/Library/Fonts", Folder(Environment.SpecialFolder.UserProfile, "Library/Fonts")]
            :
            [
                "/usr/share/fonts/truetype/noto", "/usr/share/fonts/noto", "/usr/share/fonts/google-noto-color-emoji-fonts",
                "/usr/share/fonts/google-noto-emoji", "/usr/local/share/fonts",
                Folder(Environment.SpecialFolder.LocalApplicationData, "fonts"), Folder(Environment.SpecialFolder.UserProfile, ".fonts"),
            ]).Select(Path.GetFullPath),
    ];

    /// <summary>Returns the path of the installed font Noto Color Emoji; <c>null</c> if there is none.</summary>
    public static string? FindFont() => FontFolders.Select(folder => Path.Combine(folder, StandardFont)).FirstOrDefault(File.Exists);

    /// <summary>Reads all pictures that can be used.</summary>
    /// <param name="size">Height and width of the clips in pixels, which limits the size of the pictures in memory.</param>
    /// <param name="failed">Receives the error for each picture that cannot be used.</param>
    /// <exception cref="TinySoraException">The font is missing, a source or the table of names cannot be read, or no picture can be used.</exception>
    public static IReadOnlyList<Sprite> Open(
        SpriteOptions options, int size, Action<TinySoraException> failed, CancellationToken cancellationToken = default)
    {
        var sources = options.Sources.Count > 0 ? options.Sources : [FindFont() ?? throw SpriteErrors.FontMissing(FontFolders)];
        var rows = options.NamesPath is null ? null : SpriteNames.Read(options.NamesPath);
        var side = Math.Max(MinSide, size);
        var names = new Dictionary<string, SpriteName>(StringComparer.OrdinalIgnoreCase);
        var sprites = new List<Sprite>();
        foreach (var (name, path, read) in Pictures(sources, rows, side, failed, cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (SpriteFiles.Try(() => Read(name, path, read), failed) is { } sprite)
            {
                sprites.Add(sprite);
            }
        }

        return sprites.Count > 0 ? sprites : throw SpriteErrors.NoSprites(sources, ClipSource.StillExtensions.Append(".svg"));

        Sprite Read(SpriteName name, string path, Func<Clip> read)
        {
            var known = names.GetValueOrDefault(name.Noun);
            name = known is not null && known.Noun.Equals(name.Noun, StringComparison.OrdinalIgnoreCase) ? known : name;
            List<string> words = [.. name.Words.SelectMany(word => new[] { word.Singular, word.Plural })];
            if (name != known && words.Find(names.ContainsKey) is string taken)
            {
                throw SpriteErrors.NameTaken(path, taken);
            }

            var sprite = Sprite.Create(name, read(), side) ?? throw SpriteErrors.NoTransparency(path);
            words.ForEach(word => names[word] = name);
            return sprite;
        }
    }

    private static string Folder(Environment.SpecialFolder parent, string name) => Path.Combine(Environment.GetFolderPath(parent), name);

    /// <summary>Lists the pictures in all sources, with functions that read them.</summary>
    private static IEnumerable<(SpriteName Name, string Path, Func<Clip> Read)> Pictures(
        IReadOnlyList<string> sources, IReadOnlyList<SpriteRow>? rows, int side, Action<TinySoraException> failed, CancellationToken cancellationToken)
    {
        var where = string.Join(", ", sources);
        var files = sources.Where(source => !ColorFont.IsFont(source)).SelectMany(Files).ToList();
        foreach (var (folder, path) in rows is null ? files : [])
        {
            yield return (SpriteName.FromFile(path), path, () => ReadFile(path));
        }

        foreach (var row in rows?.Where(row => row.File is not null) ?? [])
        {
            var (_, path) = files.Find(file => IsNamed(file.Folder, file.Path, row.File!));
            yield return (row.Name, path ?? row.File!, () => ReadFile(path ?? throw SpriteErrors.PictureMissing(row.Name.Noun, row.File!, where)));
        }

        foreach (var source in sources.Where(ColorFont.IsFont))
        {
            var font = ColorFont.Read(source);
            foreach (var row in (rows ?? SpriteNames.Standard).Where(row => row.File is null))
            {
                var character = $"U+{row.CodePoint:X4}";
                yield return (row.Name, $"{source}, {character}", () => font.Draw(row.CodePoint, cancellationToken)
                    ?? throw SpriteErrors.PictureMissing(row.Name.Noun, character, source));
            }
        }

        Clip ReadFile(string path) => SvgPicture.IsSvg(path) ? SvgPicture.Read(path, side, cancellationToken)
            : ClipFile.Read(path, null, cancellationToken);
    }

    private static IEnumerable<(string Folder, string Path)> Files(string source) => File.Exists(source) ? [(Path.GetDirectoryName(source)!, source)]
        : SpriteFiles.In(source, path => ClipFile.IsStill(path) || SvgPicture.IsSvg(path)).Select(path => (source, path));

    /// <summary>Returns whether a table refers to a file by its path below the source or by its name, with or without extension.</summary>
    private static bool IsNamed(string folder, string path, string name)
    {
        var relative = Path.GetRelativePath(folder, path).Replace('\\', '/');
        string[] names = [relative, Path.ChangeExtension(relative, null), Path.GetFileName(path), Path.GetFileNameWithoutExtension(path)];
        return names.Select(CaptionTable.Composed).Contains(CaptionTable.Composed(name.Replace('\\', '/')));
    }
}
