using System.Collections;
using System.Management.Automation;
using System.Reflection;

namespace TinySora.PowerShell.Cmdlets.Binding;

/// <summary>
/// Sets parameters by the keys of a hashtable that is piped in, as PowerShell sets them by the properties of an object. Of a hashtable itself
/// PowerShell takes but the properties that every one has: Count is the number of its keys.
/// </summary>
internal sealed class TableBinding : IDisposable
{
    private readonly Cmdlet cmdlet;
    private readonly List<(PropertyInfo Parameter, object? Value)> before = [];

    /// <param name="row">A property for each key.</param>
    /// <param name="setup">Parameters that the command line has set, for all rows.</param>
    public TableBinding(Cmdlet cmdlet, PSObject row, IReadOnlySet<string> setup)
    {
        this.cmdlet = cmdlet;
        foreach (var parameter in cmdlet.GetType().GetProperties())
        {
            if (!setup.Contains(parameter.Name)
                && parameter.GetCustomAttributes<ParameterAttribute>().Any(declared => declared.ValueFromPipelineByPropertyName))
            {
                string[] names = [parameter.Name, .. parameter.GetCustomAttributes<AliasAttribute>().SelectMany(alias => alias.AliasNames)];
                var cell = names.Select(name => row.Properties[name]).FirstOrDefault(found => found is not null);
                if (cell is null && names.All(name => typeof(Hashtable).GetProperty(name) is null))
                {
                    continue;
                }

                before.Add((parameter, parameter.GetValue(cmdlet)));
                parameter.SetValue(cmdlet, Converted(parameter, cell?.Value));
            }
        }
    }

    /// <summary>Returns to the parameters of the command line before the next row.</summary>
    public void Dispose() => before.ForEach(parameter => parameter.Parameter.SetValue(cmdlet, parameter.Value));

    /// <returns>Null where a value cannot be converted, as PowerShell leaves it: the cmdlet compares with the row.</returns>
    private static object? Converted(PropertyInfo parameter, object? value)
    {
        try
        {
            foreach (var transformation in parameter.GetCustomAttributes<ArgumentTransformationAttribute>())
            {
                value = value is null ? null : transformation.Transform(null!, value);
            }

            return value is null ? null : LanguagePrimitives.ConvertTo(value, parameter.PropertyType);
        }
        catch (PSInvalidCastException)
        {
            return null;
        }
    }

    /// <summary>A hashtable as an object with a property for each key.</summary>
    public static PSObject Properties(IDictionary table)
    {
        var row = new PSObject();
        foreach (DictionaryEntry entry in table)
        {
            if (entry.Key.ToString() is { Length: > 0 } name && row.Properties[name] is null)
            {
                row.Properties.Add(new PSNoteProperty(name, entry.Value));
            }
        }

        return row;
    }
}
