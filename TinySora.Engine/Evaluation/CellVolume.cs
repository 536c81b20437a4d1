using TinySora.Engine.Data;

namespace TinySora.Engine.Evaluation;

/// <summary>
/// Estimates the volume of the set of points in the unit cube that are equivalent to a given point, by importance sampling from nested boxes around the
/// given point.
/// </summary>
internal static class CellVolume
{
    private const int Draws = 4096;

    private const int BatchSize = 256;

    /// <summary>Number of bisection steps in the search for the farthest equivalent point along an axis.</summary>
    private const int Halvings = 24;

    /// <summary>
    /// Sizes of the sampling boxes, as multiples of the length of the equivalent interval along each axis. The last box covers the whole cube, because an
    /// oblique cell may reach further.
    /// </summary>
    private static readonly double[] Scales = [1, 2, 4, 16, 64, 1e30];

    /// <param name="center">Coordinates in [0, 1).</param>
    /// <param name="areSame">Function that returns, for each of several points, whether the point is equivalent to the center.</param>
    public static double Around(double[] center, Func<IReadOnlyList<double[]>, bool[]> areSame, SplitMix64 random)
    {
        var boxes = Boxes(center, areSame);
        var sum = 0.0;
        for (var done = 0; done < Draws; done += BatchSize)
        {
            var points = new List<double[]>(BatchSize);
            for (var i = 0; i < BatchSize; i++)
            {
                var box = boxes[random.Below(boxes.Length)];
                var point = new double[center.Length];
                for (var axis = 0; axis < point.Length; axis++)
                {
                    point[axis] = random.Between(box[axis].Low, box[axis].High);
                }

                points.Add(point);
            }

            var same = areSame(points);
            sum += points.Where((_, i) => same[i]).Sum(point => 1 / Density(boxes, point));
        }

        return sum / Draws;
    }

    /// <summary>Returns the probability density at a point when drawing uniformly from a randomly chosen box.</summary>
    private static double Density((double Low, double High)[][] boxes, double[] point) => boxes.Average(box =>
        box.Zip(point).All(item => item.Second >= item.First.Low && item.Second <= item.First.High)
            ? 1 / box.Aggregate(1.0, (volume, side) => volume * (side.High - side.Low))
            : 0);

    private static (double Low, double High)[][] Boxes(double[] center, Func<IReadOnlyList<double[]>, bool[]> areSame)
    {
        // For each axis and direction: the largest distance known to be equivalent, and the smallest known not to be, or the distance to the cube's surface.
        var ways = Enumerable.Range(0, center.Length).SelectMany(axis => new[] { (Axis: axis, Sign: -1), (Axis: axis, Sign: 1) }).ToArray();
        var same = new double[ways.Length];
        var other = ways.Select(way => way.Sign < 0 ? center[way.Axis] : 1 - center[way.Axis]).ToArray();
        for (var i = 0; i < Halvings; i++)
        {
            var middle = same.Zip(other, (near, far) => (near + far) / 2).ToArray();
            var answers = areSame([.. ways.Select((way, k) => At(center, way.Axis, way.Sign * middle[k]))]);
            for (var k = 0; k < ways.Length; k++)
            {
                (answers[k] ? same : other)[k] = middle[k];
            }
        }

        return
        [
            .. Scales.Select(scale => center.Select((value, axis) =>
                (Math.Max(0, value - (scale * other[2 * axis])), Math.Min(1, value + (scale * other[(2 * axis) + 1])))).ToArray()),
        ];
    }

    private static double[] At(double[] center, int axis, double step)
    {
        var point = center.ToArray();
        point[axis] += step;
        return point;
    }
}
