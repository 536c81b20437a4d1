using TinySora.Engine.Errors;

namespace TinySora.Engine.Families;

/// <summary>The frames, rows and columns of a clip that one position of its latents covers.</summary>
public readonly record struct LatentStride(int Frames, int Height, int Width)
{
    /// <summary>Checks that clips can be divided into positions.</summary>
    /// <exception cref="TinySoraException">TinySora.Model.NotDivisible, with the nearest sizes that can.</exception>
    public void Check(long frames, long height, long width)
    {
        Check("frames", frames, Frames);
        Check("rows", height, Height);
        Check("columns", width, Width);
    }

    private static void Check(string what, long size, int stride)
    {
        if (size % stride != 0 || size <= 0)
        {
            throw ModelErrors.NotDivisible(what, size, stride);
        }
    }
}
