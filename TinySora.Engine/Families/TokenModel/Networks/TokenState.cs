using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel.Networks;

/// <summary>What the layers of a causal network remember of the tokens that it has seen, so that the next one costs no more than itself.</summary>
internal sealed class TokenState : IDisposable
{
    private readonly Dictionary<(nn.Module Layer, string Name), Tensor> memories = [];

    /// <summary>How many tokens the network has seen.</summary>
    public long Seen { get; private set; }

    /// <summary>A tensor of a layer, made when it is first asked for. It belongs to no dispose scope.</summary>
    public Tensor Of(nn.Module layer, string name, Func<Tensor> make)
    {
        if (!memories.TryGetValue((layer, name), out var memory))
        {
            memories[(layer, name)] = memory = make().DetachFromDisposeScope();
        }

        return memory;
    }

    /// <summary>A tensor that a layer has stored; null: there is none.</summary>
    public Tensor? Find(nn.Module layer, string name) => memories.GetValueOrDefault((layer, name));

    /// <summary>Counts new tokens, after all layers have seen them.</summary>
    public void Advance(long tokens) => Seen += tokens;

    public void Dispose()
    {
        foreach (var memory in memories.Values)
        {
            memory.Dispose();
        }

        memories.Clear();
    }
}
