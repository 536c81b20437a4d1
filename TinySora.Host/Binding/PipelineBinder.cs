using System.Management.Automation;

namespace TinySora.Host.Binding;

/// <summary>
/// Binds one object after the other: the object itself before its properties, without conversion before with, as PowerShell does.
/// </summary>
internal sealed class PipelineBinder(ParameterBinder binder, Action<string> warn)
{
    private static readonly Phase[] Phases = [new(false, false), new(true, false), new(false, true), new(true, true)];

    private readonly uint setsFromCommandLine = binder.ValidSets;
    private readonly Dictionary<ParameterDefinition, object?> defaults = [];
    private readonly Dictionary<ParameterDefinition, object?> refused = [];

    private CmdletDefinition Cmdlet => binder.Cmdlet;

    /// <exception cref="ParameterBindingException">The object does not fit; the next one may.</exception>
    public void Bind(object? input)
    {
        foreach (var (parameter, value) in defaults)
        {
            binder.Restore(parameter, value);
        }

        defaults.Clear();
        refused.Clear();
        binder.ValidSets = setsFromCommandLine;
        foreach (var phase in Phases)
        {
            var others = binder.ValidSets & ~Cmdlet.DefaultSet;
            if (!BindIn(binder.ValidSets & Cmdlet.DefaultSet, phase, input) && others != 0)
            {
                BindIn(others, phase, input);
            }
        }

        if (defaults.Count == 0)
        {
            throw BindingErrors.NotBound();
        }

        binder.ChooseSet(pipelineFollows: false, BindingErrors.InputMissing);

        // PowerShell says nothing here, and a mistyped seed in a list of prompts would go unseen.
        foreach (var (parameter, value) in refused.Where(r => !binder.IsBound(r.Key)))
        {
            warn($"The value '{LanguagePrimitives.TextOf(value)}' of property '{parameter.Name}' cannot be converted to " +
                $"{Syntax.TypeName(parameter.Type)} and is not used.");
        }
    }

    private bool BindIn(uint sets, Phase phase, object? input)
    {
        var any = false;
        foreach (var parameter in binder.Unbound(sets).Where(p => Cmdlet.InAny(p, sets).Any(phase.Applies)).ToArray())
        {
            var (found, value) = phase.ByProperty ? PropertyFor(parameter, input) : (true, input);
            if (!found || (Cmdlet.SetsOf(parameter) & binder.ValidSets) == 0)
            {
                continue;
            }

            var before = binder.Get(parameter);
            try
            {
                binder.Bind(parameter, value, phase.Coerce);
                defaults[parameter] = before;
                any = true;
            }
            catch (ParameterBindingException e) when (BindingErrors.IsMismatch(e))
            {
                if (phase is { ByProperty: true, Coerce: true })
                {
                    refused[parameter] = value;
                }
            }
        }

        return any;
    }

    private static (bool Found, object? Value) PropertyFor(ParameterDefinition parameter, object? input)
    {
        if (input is null)
        {
            return (false, null);
        }

        var properties = PSObject.AsPSObject(input).Properties;
        var property = parameter.Names.Select(n => properties[n]).FirstOrDefault(p => p is not null);
        return (property is not null, property?.Value);
    }

    private sealed record Phase(bool ByProperty, bool Coerce)
    {
        public bool Applies(ParameterAttribute declared) =>
            ByProperty ? declared.ValueFromPipelineByPropertyName : declared.ValueFromPipeline;
    }
}
