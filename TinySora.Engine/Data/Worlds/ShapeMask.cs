namespace TinySora.Engine.Data.Worlds;

/// <summary>Antialiased masks of the shapes, each inscribed in the box [-r, r] around its center before rotation.</summary>
internal static class ShapeMask
{
    /// <summary>Number of sampling lines per pixel. Along a line, coverage is exact.</summary>
    private const int Lines = 16;

    private const double StarInner = 0.42;

    /// <summary>Corners in units of r, with y pointing down. A circle has no corners.</summary>
    private static readonly (double X, double Y)[] Square = [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)];
    private static readonly (double X, double Y)[] Triangle = [(0, -1), (1, 0.9), (-1, 0.9)];
    private static readonly (double X, double Y)[] Star =
    [
        .. Enumerable.Range(0, 10).Select(i =>
        {
            var radius = i % 2 == 0 ? 1 : StarInner;
            var (sin, cos) = Math.SinCos(Math.PI * i / 5);
            return (radius * sin, -radius * cos);
        }),
    ];

    /// <summary>The heart x = 16 sin^3 t, y = 13 cos t - 5 cos 2t - 2 cos 3t - cos 4t, clockwise from its notch.</summary>
    private static readonly (double X, double Y)[] Heart =
    [
        .. Enumerable.Range(0, 40).Select(i =>
        {
            var t = Math.Tau * i / 40;
            return (Math.Pow(Math.Sin(t), 3), -((13 * Math.Cos(t)) - (5 * Math.Cos(2 * t)) - (2 * Math.Cos(3 * t)) - Math.Cos(4 * t) + 2.5) / 16);
        }),
    ];

    /// <summary>Returns the fraction of each pixel that is inside the shape, in [0, 1], as size x size values in row-major order.</summary>
    /// <param name="x">Horizontal center in pixels from the left edge. Pixel i covers [i, i + 1].</param>
    /// <param name="degrees">Clockwise rotation about the center.</param>
    public static float[] Draw(string shape, double x, double y, double radius, int size, double degrees = 0)
    {
        var corners = Turn(Corners(shape), degrees);
        var mask = new float[size * size];
        var crossings = new List<double>();
        var reach = radius * (corners?.Max(c => Math.Abs(c.Y)) ?? 1);
        var (first, last) = (Math.Max(0, (int)(y - reach)), Math.Min(size - 1, (int)(y + reach)));
        for (var line = first * Lines; line < (last + 1) * Lines; line++)
        {
            Cross(corners, (((line + 0.5) / Lines) - y) / radius, crossings);
            var row = mask.AsSpan(line / Lines * size, size);
            for (var i = 0; i + 1 < crossings.Count; i += 2)
            {
                Cover(row, x + (crossings[i] * radius), x + (crossings[i + 1] * radius));
            }
        }

        return mask;
    }

    /// <summary>Returns the area and the vertical offset of the centroid for r = 1, to initialize a fit.</summary>
    public static (double Area, double CentroidY) Moments(string shape)
    {
        if (Corners(shape) is not { } corners)
        {
            return (Math.PI, 0);
        }

        var (area, moment) = (0.0, 0.0);
        for (var i = 0; i < corners.Length; i++)
        {
            var (a, b) = (corners[i], corners[(i + 1) % corners.Length]);
            var cross = (a.X * b.Y) - (b.X * a.Y);
            area += cross / 2;
            moment += (a.Y + b.Y) * cross / 6;
        }

        return (area, moment / area);
    }

    private static (double X, double Y)[]? Corners(string shape) => shape switch
    {
        "circle" => null,
        "square" => Square,
        "triangle" => Triangle,
        "star" => Star,
        "heart" => Heart,
        _ => throw new ArgumentOutOfRangeException(nameof(shape), shape, "The shape must be circle, square, triangle, star or heart."),
    };

    private static (double X, double Y)[]? Turn((double X, double Y)[]? corners, double degrees)
    {
        if (corners is null || degrees == 0)
        {
            return corners;
        }

        var (sin, cos) = Math.SinCos(degrees * Math.PI / 180);
        return [.. corners.Select(c => ((cos * c.X) - (sin * c.Y), (sin * c.X) + (cos * c.Y)))];
    }

    /// <summary>Finds where the horizontal line at <paramref name="v"/> enters and leaves the shape, from left to right.</summary>
    private static void Cross((double X, double Y)[]? corners, double v, List<double> crossings)
    {
        crossings.Clear();
        if (corners is null)
        {
            if (Math.Abs(v) < 1)
            {
                var half = Math.Sqrt(1 - (v * v));
                crossings.AddRange([-half, half]);
            }

            return;
        }

        for (int i = 0, j = corners.Length - 1; i < corners.Length; j = i++)
        {
            var (a, b) = (corners[i], corners[j]);
            if (a.Y > v != b.Y > v)
            {
                crossings.Add(((b.X - a.X) * (v - a.Y) / (b.Y - a.Y)) + a.X);
            }
        }

        crossings.Sort();
    }

    /// <summary>Adds one sampling line from left to right.</summary>
    private static void Cover(Span<float> row, double left, double right)
    {
        (left, right) = (Math.Max(left, 0), Math.Min(right, row.Length));
        for (var column = (int)left; column < right; column++)
        {
            row[column] += (float)((Math.Min(right, column + 1) - Math.Max(left, column)) / Lines);
        }
    }
}
