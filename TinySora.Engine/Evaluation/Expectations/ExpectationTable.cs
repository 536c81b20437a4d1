using System.Globalization;
using CsvHelper;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Evaluation.Expectations;

/// <summary>Reads expectations from the cells of a table and reports all problems together before anything is generated.</summary>
/// <param name="source">Name of the table, for messages.</param>
/// <param name="absolute">Function that converts the path of a reference clip to an absolute path.</param>
/// <param name="seed">Seed for rows that do not specify one.</param>
public sealed class ExpectationTable(string source, Func<string, string> absolute, long seed)
{
    /// <summary>Maximum length of a row in characters. A longer row is assumed to have an unclosed quote.</summary>
    private const int RecordLimit = 1 << 20;

    private static readonly string[] Columns =
    [
        "Prompt", "Text", "Seed", "Color", "Colour", "Shape", "Motion", "Reference", "MinPsnr", "MinSsim", "MinChange", "MaxChange", "Moves", "Palette",
    ];

    private readonly List<Expectation> rows = [];
    private readonly List<string> problems = [];
    private readonly Dictionary<string, Clip?> references = [];

    /// <exception cref="TinySoraException">BadExpectations, NoExpectations.</exception>
    public IReadOnlyList<Expectation> Rows => problems.Count > 0 ? throw EvaluationErrors.BadExpectations(source, problems)
        : rows.Count == 0 ? throw EvaluationErrors.NoExpectations(source)
        : rows;

    /// <summary>Reads a CSV file whose first line contains the column names; paths of reference clips are relative to the folder of the CSV file.</summary>
    /// <param name="seed">Seed for rows that do not specify one.</param>
    /// <param name="expectsMore">Whether every clip must also meet expectations that are not in the table, so that a row need not contain any.</param>
    /// <exception cref="TinySoraException">ExpectationsUnreadable, BadExpectations, NoExpectations.</exception>
    public static IReadOnlyList<Expectation> Read(string path, long seed = 0, bool expectsMore = false)
    {
        var table = new ExpectationTable(path, reference => Path.GetFullPath(reference, Path.GetDirectoryName(Path.GetFullPath(path))!), seed);
        try
        {
            using var csv = CsvReader.FromFile(path, new CsvReaderOptions
            {
                TrimWhitespace = true, TrackLineNumbers = true, MaxRecordSize = RecordLimit, MalformedData = CsvMalformedDataHandling.Throw,
            });
            csv.ReadHeader();
            table.CheckColumns("line 1", csv.Headers);
            while (csv.Read())
            {
                var cells = csv.Headers.Select((name, index) => KeyValuePair.Create(name, index < csv.FieldCount ? csv.GetString(index) : ""));
                table.Add($"line {csv.LineNumber}", cells, expectsMore);
            }
        }
        catch (Exception e) when (FileFailure.Is(e) || e is CsvFormatException)
        {
            throw EvaluationErrors.ExpectationsUnreadable(path, e);
        }

        return table.Rows;
    }

    /// <param name="place">Location of the row for messages, such as "line 3".</param>
    /// <param name="cells">Cells by column name; empty cells are ignored.</param>
    /// <param name="expectsMore">Whether the clip must also meet expectations that are not in the table, so that the row need not contain any.</param>
    public void Add(string place, IEnumerable<KeyValuePair<string, string>> cells, bool expectsMore = false)
    {
        var row = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, text) in cells.Where(cell => !string.IsNullOrWhiteSpace(cell.Value)))
        {
            row[name] = text.Trim();
        }

        var before = problems.Count;
        var prompt = row.GetValueOrDefault("Prompt") ?? row.GetValueOrDefault("Text") ?? "";
        var expectation = new Expectation(rows.Count + 1, prompt, WholeNumber(place, row) ?? seed)
        {
            Color = Word(place, row, "Color", ShapesWorld.Colors) ?? Word(place, row, "Colour", ShapesWorld.Colors),
            Shape = Word(place, row, "Shape", ShapesWorld.Shapes),
            Motion = Word(place, row, "Motion", ShapesWorld.Motions),
            Reference = Reference(place, row),
            MinPsnr = Number(place, row, "MinPsnr", 0, 1000),
            MinSsim = Number(place, row, "MinSsim", -1, 1),
            MinChange = Number(place, row, "MinChange", 0, 1),
            MaxChange = Number(place, row, "MaxChange", 0, 1),
            Moves = Word(place, row, "Moves", ClipMovement.Directions),
            Palette = Palette(place, row),
        };
        rows.Add(expectation);
        if (expectation.Prompt.Length == 0)
        {
            Problem(place, "Prompt", "it is empty");
        }

        if (row.ContainsKey("Reference") != (row.ContainsKey("MinPsnr") || row.ContainsKey("MinSsim")))
        {
            Problem(place, row.ContainsKey("Reference") ? "MinPsnr" : "Reference", "a reference requires MinPsnr or MinSsim, and vice versa");
        }

        if (expectation.IsEmpty && !expectsMore && problems.Count == before)
        {
            problems.Add($"{place}: it contains no expectation");
        }
    }

    /// <summary>Rejects misspelled column names, whose expectations would otherwise be ignored and always pass.</summary>
    /// <param name="place">Location of the column names, for messages.</param>
    public void CheckColumns(string place, IEnumerable<string> names)
    {
        foreach (var name in names.Where(name => !Columns.Contains(name, StringComparer.OrdinalIgnoreCase)))
        {
            if (NearestName.Find(name, Columns) is string near)
            {
                Problem(place, name, $"there is no such column; did you mean {near}?");
            }
        }
    }

    private void Problem(string place, string column, string what) => problems.Add($"{place}, column {column}: {what}");

    /// <summary>Reports the value in a column, if there is one, and returns <c>null</c>.</summary>
    private T? Reject<T>(string place, Dictionary<string, string> row, string column, string expected)
    {
        if (row.TryGetValue(column, out var text))
        {
            Problem(place, column, $"'{text}' is not {expected}");
        }

        return default;
    }

    private string? Word(string place, Dictionary<string, string> row, string column, IReadOnlyList<string> words) =>
        words.FirstOrDefault(word => word.Equals(row.GetValueOrDefault(column), StringComparison.OrdinalIgnoreCase))
        ?? Reject<string>(place, row, column, $"one of {string.Join(", ", words)}");

    private List<string> Palette(string place, Dictionary<string, string> row)
    {
        var colors = row.GetValueOrDefault("Palette", "").Split([' ', ',', ';', '|'], StringSplitOptions.RemoveEmptyEntries);
        return [.. colors.Select(color => Word(place, new() { ["Palette"] = color }, "Palette", ClipPalette.Names)).OfType<string>()];
    }

    private double? Number(string place, Dictionary<string, string> row, string column, double least, double most)
    {
        // Accept numbers in the format of Export-Csv, and in the format of a spreadsheet in the session's culture.
        var text = row.GetValueOrDefault(column);
        return (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            || double.TryParse(text, NumberStyles.Float, CultureInfo.CurrentCulture, out number)) && number >= least && number <= most
            ? number
            : Reject<double?>(place, row, column, FormattableString.Invariant($"a number from {least} to {most}"));
    }

    private long? WholeNumber(string place, Dictionary<string, string> row) =>
        long.TryParse(row.GetValueOrDefault("Seed"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : Reject<long?>(place, row, "Seed", "a whole number");

    private Clip? Reference(string place, Dictionary<string, string> row)
    {
        if (!row.TryGetValue("Reference", out var text))
        {
            return null;
        }

        if (text.Contains('\0', StringComparison.Ordinal))
        {
            Problem(place, "Reference", "a file name cannot contain a null character; the table may be in UTF-16");
            return null;
        }

        try
        {
            var path = absolute(text);
            return references.TryGetValue(path, out var clip) ? clip : references[path] = ClipFile.Read(path);
        }
        catch (TinySoraException e)
        {
            Problem(place, "Reference", e.Message.TrimEnd('.'));
            return null;
        }
    }
}
