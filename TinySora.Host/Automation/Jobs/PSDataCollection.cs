using System.Collections;
using System.Collections.ObjectModel;

namespace System.Management.Automation;

/// <summary>What a job wrote to one stream; any thread may add, and reading takes away.</summary>
public class PSDataCollection<T> : IEnumerable<T>
{
    private readonly List<T> items = [];

    public int Count
    {
        get
        {
            lock (items)
            {
                return items.Count;
            }
        }
    }

    public void Add(T item)
    {
        lock (items)
        {
            items.Add(item);
        }
    }

    /// <summary>Takes everything out.</summary>
    public Collection<T> ReadAll()
    {
        lock (items)
        {
            Collection<T> all = [.. items];
            items.Clear();
            return all;
        }
    }

    /// <summary>What is there now, left there.</summary>
    public IEnumerator<T> GetEnumerator()
    {
        lock (items)
        {
            return items.ToList().GetEnumerator();
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
