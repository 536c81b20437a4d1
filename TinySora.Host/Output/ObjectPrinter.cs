using System.Collections;
using System.Management.Automation;

namespace TinySora.Host.Output;

/// <summary>Writes objects as tables and lists; a table's first rows wait a moment so that its columns fit them.</summary>
/// <param name="write">Takes a line; true: it is a heading.</param>
/// <param name="width">Characters of a line; 0: no limit.</param>
/// <param name="colored">Whether states have their colours.</param>
internal sealed class ObjectPrinter(Action<string, bool> write, FormatViews views, int width, bool colored = false)
{
    private const int MostColumns = 6;

    private TableText? table;
    private string? group;
    private bool blankDue;

    /// <summary>True while rows wait for <see cref="Flush"/>.</summary>
    public bool IsWaiting { get; private set; }

    public void Print(object? value)
    {
        var plain = PSObject.Base(value);
        switch (plain)
        {
            case null:
                break;
            case IDictionary pairs:
                foreach (DictionaryEntry pair in pairs)
                {
                    PrintRow(new PSObject(pair), "dictionary", [new("Name", "Key"), new("Value", "Value")]);
                }

                break;
            case not null when CellText.IsScalar(plain):
                Close();
                write(LanguagePrimitives.TextOf(plain), false);
                break;
            case not null when LanguagePrimitives.GetEnumerable(plain) is IEnumerable elements:
                foreach (var element in elements)
                {
                    Print(element);
                }

                break;
            default:
                PrintObject(PSObject.AsPSObject(value!));
                break;
        }
    }

    /// <summary>Writes the rows that wait.</summary>
    public void Flush()
    {
        IsWaiting = false;
        foreach (var (text, isHeader) in table?.Take() ?? [])
        {
            write(text, isHeader);
        }
    }

    /// <summary>Ends the table or list at hand.</summary>
    public void Close()
    {
        Flush();
        if (blankDue)
        {
            write("", false);
        }

        (table, group, blankDue) = (null, null, false);
    }

    private void PrintObject(PSObject value)
    {
        if (views.For(value) is FormatView view)
        {
            Print(value, $"view {view.Name}", view.IsTable, view.Fields);
            return;
        }

        FormatField[] fields = [.. value.Properties.Select(p => new FormatField(p.Name, p.Name))];
        if (fields.Length == 0)
        {
            Close();
            write(value.ToString(), false);
            return;
        }

        // An object made of properties has no type to tell one kind from another.
        var kind = value.IsCustom ? string.Join('|', fields.Select(f => f.Label)) : value.TypeNames[0];
        Print(value, kind, fields.Length <= MostColumns, fields);
    }

    private void Print(PSObject value, string kind, bool asTable, IReadOnlyList<FormatField> fields)
    {
        if (asTable)
        {
            PrintRow(value, kind, fields);
            return;
        }

        Close();
        write("", false);
        foreach (var (label, text) in ListText.Lines(value, fields))
        {
            write($"{label} : {text}", false);
        }

        blankDue = true;
    }

    private void PrintRow(PSObject value, string kind, IReadOnlyList<FormatField> fields)
    {
        if (group != kind)
        {
            Close();
            (table, group, blankDue) = (new TableText(fields, width, colored), kind, true);
        }

        table!.Add(value);
        if (table.HasStarted || fields.All(f => f.Width > 0))
        {
            Flush();
        }
        else
        {
            IsWaiting = true;
        }
    }
}
