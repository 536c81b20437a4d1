namespace TinySora.Engine.Data.Flying;

/// <summary>
/// What only Flying MNIST understands. Sizes and speeds that are null are those of the published canvas of 512 pixels, and in a
/// smaller one as much smaller.
/// </summary>
public sealed record FlyingOptions
{
    /// <summary>The most digits of a clip, which has at least 1.</summary>
    public int MaxDigits { get; init; } = 8;

    /// <summary>The digits that occur.</summary>
    public IReadOnlyList<int> Digits { get; init; } = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

    /// <summary>The smallest side of a digit in pixels; null: 50.</summary>
    public int? MinDigitSize { get; init; }

    /// <summary>The size in pixels below which all digits stay; null: 120.</summary>
    public int? MaxDigitSize { get; init; }

    /// <summary>Digits fly 10 to below 10 + this many pixels a frame; null: 30.</summary>
    public int? MaxSpeed { get; init; }

    /// <summary>All digits are white; otherwise each has a colour of its own.</summary>
    public bool WhiteDigits { get; init; }

    /// <summary>Half of the digits that come to a wall fly on, out of the picture, instead of bouncing.</summary>
    public bool LeavingDigits { get; init; }

    /// <summary>Whether the digits are MNIST's test digits instead of its training digits.</summary>
    public bool TestDigits { get; init; }

    /// <summary>Writes beside each clip which digit is where, see <see cref="FlyingScene.WriteMasks"/>.</summary>
    public bool Segmentation { get; init; }

    /// <summary>Writes beside each clip how what it shows moves, see <see cref="FlyingScene.WriteFlow"/>.</summary>
    public bool OpticalFlow { get; init; }
}
