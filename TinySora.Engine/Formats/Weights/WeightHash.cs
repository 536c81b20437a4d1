using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Formats.Weights;

/// <summary>SHA-256 of named weights. The order of the weights matters; their element type does not.</summary>
internal static class WeightHash
{
    /// <summary>Appends a weight's name, shape and values as float32.</summary>
    public static void Append(IncrementalHash hash, string name, Tensor weight)
    {
        hash.AppendData(Encoding.UTF8.GetBytes($"{name}({string.Join(',', weight.shape)})"));
        hash.AppendData(weight.detach().to(float32).cpu().contiguous().bytes);
    }
}
