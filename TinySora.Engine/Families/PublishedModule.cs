using static TorchSharp.torch;

namespace TinySora.Engine.Families;

/// <summary>A part of a network whose own parts have the paths of the published code, whatever its fields are called.</summary>
internal abstract class PublishedModule(string name) : nn.Module(name)
{
    /// <summary>Gives parts to the module under paths such as <c>final_layer.linear</c>.</summary>
    protected void Register(IEnumerable<(string Path, nn.Module Part)> parts)
    {
        foreach (var group in parts.GroupBy(item => item.Path.Split('.')[0]))
        {
            var single = group.FirstOrDefault(item => item.Path == group.Key).Part;
            register_module(group.Key, single ?? new Branch(group.Select(item => (item.Path[(group.Key.Length + 1)..], item.Part))));
        }
    }

    /// <summary>Does nothing: TorchSharp would add the parts a second time, under the names of fields.</summary>
    protected override void RegisterComponents()
    {
    }

    /// <summary>A module that only adds a level to the names below it.</summary>
    private sealed class Branch : PublishedModule
    {
        public Branch(IEnumerable<(string Path, nn.Module Part)> parts)
            : base(nameof(Branch)) => Register(parts);
    }
}
