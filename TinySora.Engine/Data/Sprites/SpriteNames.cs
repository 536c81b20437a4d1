using System.Globalization;
using CsvHelper;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Formats;

namespace TinySora.Engine.Data.Sprites;

/// <summary>A row in a table of names.</summary>
/// <param name="File">Path or name of a picture, with or without extension; <c>null</c> if the row names a character.</param>
/// <param name="CodePoint">Unicode code point of a character in a font.</param>
internal sealed record SpriteRow(string? File, int CodePoint, SpriteName Name);

/// <summary>Reads tables of names: CSV with the columns File or CodePoint, Name, and optionally Synonyms and Plural.</summary>
internal static class SpriteNames
{
    /// <summary>Name of the standard table in the assembly's resources.</summary>
    private const string Resource = "emoji.csv";

    private const int LongestFile = 1 << 24;

    /// <summary>Names of 226 emoji that show concrete, visually distinct things.</summary>
    public static IReadOnlyList<SpriteRow> Standard => StandardRows.Value;

    private static readonly Lazy<IReadOnlyList<SpriteRow>> StandardRows = new(() =>
    {
        using var reader = new StreamReader(typeof(SpriteNames).Assembly.GetManifestResourceStream(Resource)!);
        return Parse(Resource, reader.ReadToEnd());
    });

    /// <exception cref="TinySoraException">The file is missing or is not a table of names.</exception>
    public static IReadOnlyList<SpriteRow> Read(string path)
    {
        try
        {
            using var stream = RegularFile.Open(path, followsLink: true);
            return Parse(path, StrictUtf8.Encoding.GetString(RegularFile.ReadAllBytes(stream, path, LongestFile)).TrimStart('\uFEFF'));
        }
        catch (Exception e) when (FileFailure.Is(e) || e is System.Text.DecoderFallbackException)
        {
            throw SpriteErrors.NamesUnreadable(path, e.Message, e);
        }
    }

    private static List<SpriteRow> Parse(string path, string text)
    {
        var rows = new List<SpriteRow>();
        try
        {
            using var csv = CsvReader.FromText(text, new CsvReaderOptions
            {
                TrimWhitespace = true, TrackLineNumbers = true, MalformedData = CsvMalformedDataHandling.Throw,
            });
            csv.ReadHeader();
            if (!Has("Name") || !(Has("File") || Has("CodePoint")))
            {
                throw SpriteErrors.NamesUnreadable(path, $"its columns are {string.Join(", ", csv.Headers)}.");
            }

            while (csv.Read())
            {
                if (Enumerable.Range(0, csv.FieldCount).Any(i => csv.GetString(i).Length > 0))
                {
                    rows.Add(Row());
                }
            }

            bool Has(string column) => csv.TryGetFieldIndex(column, out _);

            string Value(string column) => csv.TryGetFieldIndex(column, out var index) && index < csv.FieldCount ? csv.GetString(index) : "";

            SpriteRow Row()
            {
                var (file, character, noun, plural) = (Value("File"), Value("CodePoint"), Value("Name"), Value("Plural"));
                var (digits, code) = (character.StartsWith("U+", StringComparison.OrdinalIgnoreCase) ? character[2..] : character, 0);
                if (noun.Length == 0 || (file.Length == 0 && !int.TryParse(digits, NumberStyles.AllowHexSpecifier, null, out code)))
                {
                    throw SpriteErrors.NamesUnreadable(path, $"line {csv.LineNumber} has no name, or no file or hexadecimal code point.");
                }

                var synonyms = Value("Synonyms").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
                return new SpriteRow(
                    file.Length > 0 ? file : null, code, new SpriteName(noun, plural.Length > 0 ? plural : EnglishNouns.Plural(noun), synonyms));
            }
        }
        catch (CsvFormatException e)
        {
            throw SpriteErrors.NamesUnreadable(path, e.Message, e);
        }

        return rows;
    }
}
