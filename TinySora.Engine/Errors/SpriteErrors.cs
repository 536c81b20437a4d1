namespace TinySora.Engine.Errors;

/// <summary>Errors in the pictures, names and backgrounds of sprite worlds.</summary>
public static class SpriteErrors
{
    public static TinySoraException FontMissing(IEnumerable<string> folders) => new(
        "TinySora.Sprites.FontMissing", ErrorKind.NotInstalled, "NotoColorEmoji.ttf",
        $"Without -Source, the pictures come from the font NotoColorEmoji.ttf, which was not found in {string.Join(", ", folders)}.",
        "Install the font Noto Color Emoji (Debian and Ubuntu: apt-get install fonts-noto-color-emoji), or specify a folder of pictures or a font "
            + "with -Source.");

    public static TinySoraException NoSprites(IEnumerable<string> sources, IEnumerable<string> extensions) => new(
        "TinySora.Sprites.NoSprites", ErrorKind.ObjectNotFound, string.Join(", ", sources),
        $"No picture can be used in {string.Join(", ", sources)}; expected pictures with transparency ({string.Join(' ', extensions)}), "
            + "or a font with color images (.ttf, .otf).",
        "Check the paths, and repair or replace the pictures.");

    public static TinySoraException NoTransparency(string path) => new(
        "TinySora.Sprites.NoTransparency", ErrorKind.InvalidData, path,
        $"'{path}' cannot be placed over a background, because it has no transparent pixels or no visible ones.",
        "Remove the background of the picture in an image editor, and save the picture as PNG with transparency.");

    public static TinySoraException NameTaken(string path, string name) => new(
        "TinySora.Sprites.NameTaken", ErrorKind.InvalidData, path,
        $"'{path}' is skipped, because '{name}' is already a name of another thing.",
        "Use different names and synonyms for different things, and the same name for pictures of the same thing.");

    public static TinySoraException PictureMissing(string name, string picture, string source) => new(
        "TinySora.Sprites.PictureMissing", ErrorKind.ObjectNotFound, picture,
        $"There is no picture '{picture}' for the name '{name}' in {source}.",
        "Correct or remove the row in the table of names.");

    public static TinySoraException NamesUnreadable(string path, string reason, Exception? cause = null) => new(
        "TinySora.Sprites.NamesUnreadable", ErrorKind.InvalidData, path,
        $"The names in '{path}' cannot be read: {reason}",
        "Use a CSV file in UTF-8 with the columns File (or CodePoint, such as 1F680) and Name, and optionally Synonyms (separated by semicolons) "
            + "and Plural.", cause);

    public static TinySoraException TooManyPhotographs(string folder, int count, int limit) => new(
        "TinySora.Sprites.TooManyPhotographs", ErrorKind.LimitsExceeded, folder,
        $"'{folder}' has {count} photographs, but the limit is {limit}.",
        "Specify a folder with fewer photographs.");

    public static TinySoraException CombinationsMissing(int pictures) => new(
        "TinySora.Sprites.CombinationsMissing", ErrorKind.InvalidArgument, pictures,
        "The selected part of the sprite world contains no combination of a noun with a motion or another noun.",
        "Use more pictures, another part, or other contents.");
}
