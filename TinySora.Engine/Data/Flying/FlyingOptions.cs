namespace TinySora.Engine.Data.Flying;

/// <summary>
/// Options specific to Flying MNIST. Default sizes and speeds are those published for a canvas of 512 pixels, scaled to the size of the canvas.
/// </summary>
public sealed record FlyingOptions
{
    /// <summary>Maximum number of digits in a clip; the minimum is 1.</summary>
    public int MaxDigits { get; init; } = 8;

    /// <summary>Digits to use.</summary>
    public IReadOnlyList<int> Digits { get; init; } = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

    /// <summary>Minimum side of a digit in pixels; <c>null</c> for 50.</summary>
    public int? MinDigitSize { get; init; }

    /// <summary>Upper limit of a digit's side in pixels, exclusive; <c>null</c> for 120.</summary>
    public int? MaxDigitSize { get; init; }

    /// <summary>Range of speeds: digits move by at least 10 and less than 10 + this number of pixels per frame; <c>null</c> for 30.</summary>
    public int? MaxSpeed { get; init; }

    /// <summary>Whether all digits are white instead of individually colored.</summary>
    public bool WhiteDigits { get; init; }

    /// <summary>Whether half of the digits that reach a wall leave the image instead of bouncing.</summary>
    public bool LeavingDigits { get; init; }

    /// <summary>Whether to use MNIST's test digits instead of its training digits.</summary>
    public bool TestDigits { get; init; }

    /// <summary>Whether to write segmentation masks next to each clip, see <see cref="FlyingScene.WriteMasks"/>.</summary>
    public bool Segmentation { get; init; }

    /// <summary>Whether to write the optical flow next to each clip, see <see cref="FlyingScene.WriteFlow"/>.</summary>
    public bool OpticalFlow { get; init; }
}
