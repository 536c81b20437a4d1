using System.Management.Automation;
using TinySora.Host.Binding;

namespace TinySora.Host.Execution;

/// <summary>Decides under -WhatIf and -Confirm whether an action is done.</summary>
internal sealed class Confirmation(IHostStreams streams, ShouldProcessParameters parameters, ConfirmImpact impact)
{
    private Answer lastAnswer = Answer.Yes;

    private bool MustAsk => parameters.Confirm?.IsPresent ?? impact >= ConfirmImpact.High;

    public bool ShouldProcess(string description, string warning, string? caption, Action<string> verbose)
    {
        if (parameters.WhatIf)
        {
            streams.Say($"What if: {description}");
            return false;
        }

        if (lastAnswer is Answer.NoToAll)
        {
            return false;
        }

        if (!MustAsk || lastAnswer is Answer.YesToAll)
        {
            verbose(description);
            return true;
        }

        lastAnswer = streams.Ask(
            caption ?? "Confirm", $"Are you sure you want to perform this action?{Environment.NewLine}{warning}", offerAll: true);
        return lastAnswer is Answer.Yes or Answer.YesToAll;
    }
}
