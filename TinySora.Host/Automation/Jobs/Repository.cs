namespace System.Management.Automation;

/// <summary>Things of a session by their id.</summary>
public abstract class Repository<T>
    where T : class
{
    private readonly Dictionary<Guid, T> items = [];

    internal Repository()
    {
    }

    public void Add(T item)
    {
        lock (items)
        {
            items.Add(GetKey(item), item);
        }
    }

    public void Remove(T item)
    {
        lock (items)
        {
            items.Remove(GetKey(item));
        }
    }

    /// <summary>In the order in which they were added.</summary>
    public List<T> GetItems()
    {
        lock (items)
        {
            return [.. items.Values];
        }
    }

    protected abstract Guid GetKey(T item);
}
