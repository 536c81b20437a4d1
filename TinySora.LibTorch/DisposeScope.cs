namespace TorchSharp;

/// <summary>
/// Collects the tensors that are made on this thread while it is the innermost scope, and disposes them at its end.
/// A tensor that shall live longer is moved out (<see cref="torch.Tensor.MoveToOuterDisposeScope"/>).
/// </summary>
public sealed class DisposeScope : IDisposable
{
    [ThreadStatic]
    private static DisposeScope? s_current;

    private readonly HashSet<IDisposable> _members = new(ReferenceEqualityComparer.Instance);
    private bool _disposed;

    internal DisposeScope()
    {
        OuterScope = s_current;
        s_current = this;
    }

    internal DisposeScope? OuterScope { get; }

    internal static DisposeScope? Current => s_current;

    public int DisposablesCount => _members.Count;

    public bool Contains(IDisposable disposable) => _members.Contains(disposable);

    public void Attach(IDisposable disposable)
    {
        if (disposable is torch.Tensor tensor)
        {
            tensor.OwningDisposeScope?.Forget(tensor);
            tensor.OwningDisposeScope = this;
        }
        _members.Add(disposable);
    }

    public T Detach<T>(T disposable) where T : IDisposable
    {
        Forget(disposable);
        if (disposable is torch.Tensor tensor)
        {
            tensor.OwningDisposeScope = null;
        }
        return disposable;
    }

    public T MoveToOuter<T>(T disposable) where T : IDisposable => MoveToOther(OuterScope, disposable);

    public T MoveToOther<T>(DisposeScope? scope, T disposable) where T : IDisposable
    {
        Detach(disposable);
        scope?.Attach(disposable);
        return disposable;
    }

    public void DisposeEverything()
    {
        foreach (var member in _members.ToArray())
        {
            member.Dispose();
        }
        _members.Clear();
    }

    /// <exception cref="InvalidOperationException">An inner scope of this thread is still open.</exception>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }
        _disposed = true;
        DisposeEverything();
        if (s_current != this)
        {
            throw new InvalidOperationException("Dispose scopes must be disposed on their thread, innermost first.");
        }
        s_current = OuterScope;
    }

    internal void Forget(IDisposable disposable) => _members.Remove(disposable);
}

public static partial class torch
{
    public static DisposeScope NewDisposeScope() => new();
}
