using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer;

/// <summary>
/// Nothing but names: the published networks nest the same layers under different ones, and those are the keys of their files.
/// </summary>
internal sealed class Branch : nn.Module
{
    private Branch(IEnumerable<(string Path, nn.Module Part)> parts)
        : base(nameof(Branch)) => Register(this, parts);

    /// <summary>Gives parts to a module under paths such as <c>final_layer.linear</c>.</summary>
    public static void Register(nn.Module owner, IEnumerable<(string Path, nn.Module Part)> parts)
    {
        foreach (var group in parts.GroupBy(item => item.Path.Split('.')[0]))
        {
            var single = group.FirstOrDefault(item => item.Path == group.Key).Part;
            owner.register_module(group.Key, single ?? new Branch(group.Select(item => (item.Path[(group.Key.Length + 1)..], item.Part))));
        }
    }
}
