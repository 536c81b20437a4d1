using System.Collections;
using System.Management.Automation;
using System.Reflection;

namespace TinySora.PowerShell.Cmdlets.Binding;

/// <summary>
/// Binds the keys of a piped hashtable to parameters, as PowerShell binds the properties of other objects. PowerShell itself binds only the
/// .NET properties of a hashtable, such as Count.
/// </summary>
internal sealed class TableBinding : IDisposable
{
    private readonly Cmdlet cmdlet;
    private readonly NullabilityInfoContext nullability = new();
    private readonly List<(PropertyInfo Parameter, object? Value)> before = [];

    /// <param name="row">An object with one property per key.</param>
    /// <param name="setup">Names of the parameters that the command line sets for all rows.</param>
    public TableBinding(Cmdlet cmdlet, PSObject row, IReadOnlySet<string> setup)
    {
        this.cmdlet = cmdlet;
        foreach (var (parameter, names) in Parameters(cmdlet))
        {
            if (!setup.Contains(parameter.Name))
            {
                var cell = names.Select(name => row.Properties[name]).FirstOrDefault(found => found is not null);
                if (cell is null && names.All(name => typeof(Hashtable).GetProperty(name) is null))
                {
                    continue;
                }

                var value = Converted(parameter, cell?.Value);
                if (value is not null || nullability.Create(parameter).WriteState != NullabilityState.NotNull)
                {
                    before.Add((parameter, parameter.GetValue(cmdlet)));
                    parameter.SetValue(cmdlet, value);
                }
            }
        }
    }

    /// <summary>Returns whether at least one property of a row has the name of a parameter.</summary>
    public static bool Binds(Cmdlet cmdlet, PSObject row) => Parameters(cmdlet).Any(parameter => parameter.Names.Any(name => row.Properties[name] is not null));

    /// <summary>Returns the parameters that bind by property name, each with its names.</summary>
    private static IEnumerable<(PropertyInfo Parameter, string[] Names)> Parameters(Cmdlet cmdlet) => cmdlet.GetType().GetProperties()
        .Where(parameter => parameter.GetCustomAttributes<ParameterAttribute>().Any(declared => declared.ValueFromPipelineByPropertyName))
        .Select(parameter => (parameter, (string[])
            [parameter.Name, .. parameter.GetCustomAttributes<AliasAttribute>().SelectMany(alias => alias.AliasNames)]));

    /// <summary>Name and value of an object in a path column that has no path; <c>null</c> if there is none.</summary>
    public (string Parameter, object Value)? NoPath { get; private set; }

    /// <summary>Restores the values of the parameters for the next row.</summary>
    public void Dispose() => before.ForEach(parameter => parameter.Parameter.SetValue(cmdlet, parameter.Value));

    /// <returns>
    /// The converted value; <c>null</c> if it cannot be converted, as in PowerShell's own binding. The cmdlet finds such values by comparing the
    /// parameters with the row.
    /// </returns>
    private object? Converted(PropertyInfo parameter, object? value)
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
        catch (ArgumentTransformationMetadataException)
        {
            NoPath = (parameter.Name, value!);
            return null;
        }
    }

    /// <summary>Converts a hashtable to an object with one property per key.</summary>
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
