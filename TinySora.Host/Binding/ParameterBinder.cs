using System.Management.Automation;
using System.Reflection;

namespace TinySora.Host.Binding;

/// <summary>The parameters of one cmdlet object while it runs: which are set, and which sets are still possible.</summary>
internal sealed class ParameterBinder(
    CmdletDefinition cmdlet, Cmdlet instance, CommonParameters common, ShouldProcessParameters shouldProcess,
    InvocationInfo invocation, EngineIntrinsics engine)
{
    private readonly ArgumentConverter converter = new(cmdlet, engine);
    private readonly HashSet<ParameterDefinition> bound = [];

    public CmdletDefinition Cmdlet => cmdlet;

    public uint ValidSets { get; set; } = cmdlet.AllSets;

    public bool IsBound(ParameterDefinition parameter) => bound.Contains(parameter);

    /// <summary>Own parameters without a value that belong to some sets.</summary>
    public IEnumerable<ParameterDefinition> Unbound(uint sets) =>
        cmdlet.Own.Where(p => !bound.Contains(p) && (cmdlet.SetsOf(p) & sets) != 0);

    public void Bind(ParameterDefinition parameter, object? argument, bool coerce = true)
    {
        var value = converter.Convert(parameter, argument, coerce);
        Set(parameter, value);
        bound.Add(parameter);
        invocation.BoundParameters[parameter.Name] = value;
        ValidSets &= parameter.IsCommon ? uint.MaxValue : cmdlet.SetsOf(parameter);
    }

    /// <summary>Back to the value from before the last object of the pipeline.</summary>
    public void Restore(ParameterDefinition parameter, object? value)
    {
        Set(parameter, value);
        bound.Remove(parameter);
        invocation.BoundParameters.Remove(parameter.Name);
    }

    public object? Get(ParameterDefinition parameter) => parameter.Property.GetValue(OwnerOf(parameter));

    /// <summary>Mandatory parameters of a set that have no value and will not get one from the pipeline.</summary>
    public IReadOnlyList<ParameterDefinition> Missing(uint set, bool pipelineFollows) => [.. Unbound(set).Where(p =>
        cmdlet.In(p, set) is { Mandatory: true } declared
        && !(pipelineFollows && (declared.ValueFromPipeline || declared.ValueFromPipelineByPropertyName)))];

    /// <summary>Keeps the sets that have all they need, and names the one in force.</summary>
    /// <param name="pipelineFollows">The pipeline may still bring values, so several sets may remain.</param>
    /// <param name="failure">The error when every set lacks something.</param>
    public void ChooseSet(bool pipelineFollows, Func<IEnumerable<ParameterDefinition>, Exception> failure)
    {
        var complete = CmdletDefinition.Each(ValidSets)
            .Where(s => Missing(s, pipelineFollows).Count == 0).Aggregate(0u, (a, b) => a | b);
        if (complete == 0)
        {
            throw Lacking(pipelineFollows, failure);
        }

        var one = (complete & (complete - 1)) == 0;
        var chosen = one ? complete : complete & cmdlet.DefaultSet;
        if (chosen == 0 && !pipelineFollows)
        {
            throw BindingErrors.AmbiguousSet(cmdlet);
        }

        ValidSets = pipelineFollows ? complete : chosen;
        if (instance is PSCmdlet named)
        {
            named.ParameterSetName = chosen == 0 ? ParameterAttribute.AllParameterSets : cmdlet.SetName(chosen);
        }
    }

    private Exception Lacking(bool pipelineFollows, Func<IEnumerable<ParameterDefinition>, Exception> failure)
    {
        var meant = (ValidSets & cmdlet.DefaultSet) != 0 ? cmdlet.DefaultSet : ValidSets;
        return (meant & (meant - 1)) == 0
            ? failure(Missing(meant, pipelineFollows))
            : BindingErrors.AmbiguousSet(cmdlet);
    }

    private object OwnerOf(ParameterDefinition parameter) => !parameter.IsCommon ? instance
        : parameter.Property.DeclaringType == typeof(CommonParameters) ? common : shouldProcess;

    private void Set(ParameterDefinition parameter, object? value)
    {
        try
        {
            parameter.Property.SetValue(OwnerOf(parameter), value);
        }
        catch (TargetInvocationException e)
        {
            throw BindingErrors.SetFailed(parameter, e.InnerException ?? e);
        }
    }
}
