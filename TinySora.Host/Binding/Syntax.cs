using System.Management.Automation;

namespace TinySora.Host.Binding;

/// <summary>A cmdlet's syntax as help shows it, one line per parameter set.</summary>
internal static class Syntax
{
    public static IEnumerable<string> Of(CmdletDefinition cmdlet) =>
        CmdletDefinition.Each(cmdlet.AllSets).Select(set => Line(cmdlet, set)).Distinct();

    public static string TypeName(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is Type inner)
        {
            return TypeName(inner);
        }

        return type.IsArray ? $"{TypeName(type.GetElementType()!)}[]"
            : type == typeof(string) ? "string"
            : type == typeof(int) ? "int"
            : type == typeof(long) ? "long"
            : type == typeof(double) ? "double"
            : type == typeof(bool) ? "bool"
            : type == typeof(object) ? "Object"
            : type.Name;
    }

    private static string Line(CmdletDefinition cmdlet, uint set)
    {
        var parts = cmdlet.Own
            .Select(p => (Parameter: p, Declaration: cmdlet.In(p, set)))
            .Where(p => p.Declaration is { DontShow: false })
            .OrderBy(p => p.Declaration!.Position < 0 ? int.MaxValue : p.Declaration.Position)
            .ThenByDescending(p => p.Declaration!.Mandatory)
            .Select(p => Part(p.Parameter, p.Declaration!));
        var more = cmdlet.Attribute.SupportsShouldProcess ? " [-WhatIf] [-Confirm]" : "";
        return $"{cmdlet.Name} {string.Join(' ', parts)}{more} [<CommonParameters>]".Replace("  ", " ", StringComparison.Ordinal);
    }

    private static string Part(ParameterDefinition parameter, ParameterAttribute declaration)
    {
        if (parameter.IsSwitch)
        {
            return declaration.Mandatory ? $"-{parameter.Name}" : $"[-{parameter.Name}]";
        }

        var name = declaration.Position >= 0 ? $"[-{parameter.Name}]" : $"-{parameter.Name}";
        var part = $"{name} <{TypeName(parameter.Type)}>";
        return declaration.Mandatory ? part : $"[{part}]";
    }
}
