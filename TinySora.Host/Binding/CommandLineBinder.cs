using System.Management.Automation;
using TinySora.Host.Language;

namespace TinySora.Host.Binding;

/// <summary>Binds what was typed: first by name, then by position.</summary>
internal static class CommandLineBinder
{
    /// <exception cref="ParameterBindingException">The arguments do not fit.</exception>
    public static void Bind(ParameterBinder binder, IReadOnlyList<CommandElement> elements, bool pipelineFollows)
    {
        var positional = BindNamed(binder, elements);
        BindPositional(binder, positional);
        binder.ChooseSet(pipelineFollows, BindingErrors.MissingMandatory);
    }

    /// <summary>A parameter by name, alias or the beginning of either that fits no other.</summary>
    public static ParameterDefinition Find(CmdletDefinition cmdlet, string name)
    {
        var exact = cmdlet.All.FirstOrDefault(p => p.Names.Contains(name, StringComparer.OrdinalIgnoreCase));
        if (exact is not null)
        {
            return exact;
        }

        ParameterDefinition[] matches =
            [.. cmdlet.All.Where(p => p.Names.Any(n => n.StartsWith(name, StringComparison.OrdinalIgnoreCase)))];
        if (matches.Length > 1 && matches.Where(m => !m.IsCommon).ToArray() is [ParameterDefinition own])
        {
            return own;
        }

        return matches.Length switch
        {
            0 => throw BindingErrors.Unknown(name, cmdlet),
            1 => matches[0],
            _ => throw BindingErrors.Ambiguous(name, matches),
        };
    }

    private static Queue<object?> BindNamed(ParameterBinder binder, IReadOnlyList<CommandElement> elements)
    {
        Queue<object?> positional = new();
        List<(ParameterDefinition Parameter, object? Value)> named = [];
        for (var i = 0; i < elements.Count; i++)
        {
            if (elements[i] is not ParameterElement element)
            {
                positional.Enqueue(((ArgumentElement)elements[i]).Value);
                continue;
            }

            var parameter = Find(binder.Cmdlet, element.Name);
            var value = element.HasValue ? element.Value
                : parameter.IsSwitch || parameter.Type == typeof(SwitchParameter?) ? true
                : i + 1 < elements.Count && elements[i + 1] is ArgumentElement next ? TakeNext(next, ref i)
                : throw BindingErrors.MissingArgument(parameter);
            named.Add((parameter, value));
        }

        foreach (var (parameter, value) in named)
        {
            if (binder.IsBound(parameter))
            {
                throw BindingErrors.AlreadyBound(parameter.Name);
            }

            binder.Bind(parameter, value);
            if (binder.ValidSets == 0)
            {
                throw BindingErrors.AmbiguousSet(binder.Cmdlet);
            }
        }

        return positional;
    }

    private static object? TakeNext(ArgumentElement next, ref int index)
    {
        index++;
        return next.Value;
    }

    private static void BindPositional(ParameterBinder binder, Queue<object?> values)
    {
        var cmdlet = binder.Cmdlet;
        int[] positions = [.. binder.Unbound(binder.ValidSets).SelectMany(p => cmdlet.InAny(p, binder.ValidSets))
            .Select(a => a.Position).Where(p => p >= 0).Distinct().Order()];
        foreach (var position in positions)
        {
            ParameterDefinition[] candidates = [.. binder.Unbound(binder.ValidSets)
                .Where(p => cmdlet.InAny(p, binder.ValidSets).Any(a => a.Position == position))
                .OrderBy(p => (cmdlet.SetsOf(p) & cmdlet.DefaultSet) != 0 ? 0 : 1)];
            if (values.Count > 0 && candidates.Length > 0)
            {
                BindFirstThatFits(binder, candidates, values.Dequeue());
            }
        }

        if (values.Count > 0)
        {
            throw BindingErrors.NoPosition(TextOf(values.Peek()));
        }
    }

    // Parameters of different sets may share a position: one that takes the value as it is comes before one that converts it.
    private static void BindFirstThatFits(ParameterBinder binder, ParameterDefinition[] candidates, object? value)
    {
        if (candidates.Length == 1)
        {
            binder.Bind(candidates[0], value);
            return;
        }

        ParameterBindingException? failure = null;
        foreach (var coerce in (bool[])[false, true])
        {
            foreach (var candidate in candidates)
            {
                try
                {
                    binder.Bind(candidate, value, coerce);
                    return;
                }
                catch (ParameterBindingException e)
                {
                    failure = coerce ? failure ?? e : null;
                }
            }
        }

        throw failure!;
    }

    private static string TextOf(object? value) => value switch
    {
        BareWord word => word.Text,
        ValueList list => list.Text,
        _ => LanguagePrimitives.TextOf(value),
    };
}
