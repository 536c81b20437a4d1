using System.Management.Automation.Host;

namespace TinySora.Commands;

[Cmdlet(VerbsCommunications.Read, "Host", DefaultParameterSetName = "AsString")]
public sealed class ReadHostCommand : PSCmdlet
{
    [Parameter(Position = 0, ValueFromRemainingArguments = true)]
    [AllowNull]
    public object? Prompt { get; set; }

    [Parameter(ParameterSetName = "AsSecureString")]
    public SwitchParameter AsSecureString { get; set; }

    [Parameter(ParameterSetName = "MaskInput")]
    public SwitchParameter MaskInput { get; set; }

    protected override void BeginProcessing()
    {
        var prompt = LanguagePrimitives.ConvertTo<string>(Prompt);
        if (!AsSecureString && !MaskInput && prompt is { Length: > 0 })
        {
            FieldDescription field = new(prompt);
            field.SetParameterType(typeof(string));
            WriteObject(Host.UI.Prompt("", "", [field])[prompt]);
            return;
        }

        if (AsSecureString || MaskInput)
        {
            if (prompt is { Length: > 0 })
            {
                Host.UI.Write($"{prompt}: ");
            }

            var secret = Host.UI.ReadLineAsSecureString();
            WriteObject(AsSecureString ? secret : new System.Net.NetworkCredential("", secret).Password);
            return;
        }

        WriteObject(Host.UI.ReadLine());
    }
}
