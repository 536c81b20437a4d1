using System.Globalization;

namespace TinySora.Engine.Families;

/// <summary>A setting of generation, such as the number of steps.</summary>
/// <param name="Name">As parameters are spelled: <c>GuidanceScale</c>.</param>
/// <param name="Description">A sentence.</param>
public sealed record Setting(string Name, SettingKind Kind, string Description)
{
    public const string GuidanceScale = nameof(GuidanceScale);
    public const string Steps = nameof(Steps);
    public const string Sampler = nameof(Sampler);
    public const string Eta = nameof(Eta);
    public const string Temperature = nameof(Temperature);
    public const string TopK = nameof(TopK);
    public const string TopP = nameof(TopP);
    public const string MaskTemperature = nameof(MaskTemperature);
    public const string Frames = nameof(Frames);
    public const string Height = nameof(Height);
    public const string Width = nameof(Width);
    public const string FramesPerSecond = nameof(FramesPerSecond);

    /// <summary>The value as the kind's .NET type (double, int or string); null: it is of another kind.</summary>
    public object? Read(object value)
    {
        var text = Convert.ToString(value, CultureInfo.InvariantCulture)!;
        return Kind switch
        {
            SettingKind.Text => text,
            SettingKind.WholeNumber => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole : null,
            _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null,
        };
    }
}
