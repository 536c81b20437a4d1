using System.Security.Cryptography;
using System.Text;
using Names = System.Collections.Generic.Dictionary<(TinySora.Faults.DiskNode Folder, string Name), TinySora.Faults.DiskNode>;

namespace TinySora.Faults;

/// <summary>A possible state of the disk after a power failure.</summary>
/// <param name="Moment">Number of the last operation before the failure.</param>
/// <param name="Applied">Whether each change of names up to then is on the disk.</param>
/// <param name="Losses">Losses of files with data that was not flushed.</param>
internal sealed record DiskState(int Moment, IReadOnlyList<bool> Applied, IReadOnlyDictionary<DiskNode, Loss> Losses)
{
    /// <summary>Maximum number of states of one moment; if there are more, a sample is chosen.</summary>
    private const int MaxPerMoment = 512;

    /// <summary>Maximum number of changes of names whose subsets are all built.</summary>
    private const int MaxNames = 6;

    private static readonly Loss[] Losing = [.. Enum.GetValues<Loss>().Where(loss => loss != Loss.Nothing)];

    /// <summary>
    /// Returns the possible states of the disk at a moment: all of them if there are few; otherwise the states with all changes up to one,
    /// all but one, only one, and random ones, combined with losses of data.
    /// </summary>
    public static IEnumerable<DiskState> All(Disk disk, int moment)
    {
        Random random = new(moment);
        var names = disk.Changes.TakeWhile(change => change.Index <= moment).ToList();
        var isForced = names.ConvertAll(change => change.Entries.Any(entry => entry.Folder.HasForced(change.Index, moment)));
        var loose = Enumerable.Range(0, names.Count).Where(i => !isForced[i]).ToList();
        var lossy = disk.Nodes.Where(node => node.HasUnforced(moment)).ToList();
        var subsets = Subsets(loose.Count, random).ToList();
        var losses = Choices(lossy.Count, random).ToList();
        if (subsets.Count * losses.Count <= MaxPerMoment)
        {
            return subsets.SelectMany(subset => losses.Select(loss => State(subset, loss)));
        }

        // Each on its own, and random combinations.
        return subsets.Select(subset => State(subset, losses[0]))
            .Concat(losses.Select(loss => State(subsets[0], loss)))
            .Concat(Enumerable.Range(0, MaxPerMoment)
                .Select(_ => State(subsets[random.Next(subsets.Count)], losses[random.Next(losses.Count)])));

        DiskState State(bool[] subset, Loss[] loss)
        {
            bool[] applied = [.. isForced];
            for (var i = 0; i < subset.Length; i++)
            {
                applied[loose[i]] = subset[i];
            }

            return new DiskState(moment, applied, lossy.Zip(loss).ToDictionary(pair => pair.First, pair => pair.Second));
        }
    }

    /// <summary>Returns the names on the disk.</summary>
    public Names Names(Disk disk)
    {
        Names names = new(disk.First);
        for (var i = 0; i < Applied.Count; i++)
        {
            if (Applied[i])
            {
                disk.Changes[i].ApplyTo(names);
            }
        }

        return names;
    }

    /// <summary>Returns the digest of a file on the disk.</summary>
    public string Digest(DiskNode node) => node.DigestAfter(Moment, Losses.GetValueOrDefault(node));

    /// <summary>Returns the content of a file on the disk.</summary>
    public Content Read(DiskNode node) => node.After(Moment, Losses.GetValueOrDefault(node));

    /// <summary>Returns a digest of all files.</summary>
    public string Key(IReadOnlyDictionary<string, DiskNode> files)
    {
        var text = string.Concat(files.Select(file => $"{file.Key}\n{Digest(file.Value)}\n"));
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>Describes the losses for messages.</summary>
    public string Describe(Disk disk)
    {
        const int most = 8;
        var lost = Enumerable.Range(0, Applied.Count).Where(i => !Applied[i]).Select(i => $"without {disk.Changes[i].Text}")
            .Concat(Losses.Where(loss => loss.Value != Loss.Nothing).Select(loss => $"{loss.Value} lost of {disk.PathOf(loss.Key)}")).ToList();
        return string.Join(", ", lost.Take(most)) + (lost.Count > most ? $" and {lost.Count - most} more" : "");
    }

    /// <summary>Returns which changes are on the disk; first all of them.</summary>
    private static IEnumerable<bool[]> Subsets(int count, Random random)
    {
        if (count <= MaxNames)
        {
            return Enumerable.Range(0, 1 << count).Select(bits => Choose(i => (bits >> i & 1) == 0));
        }

        var numbers = Enumerable.Range(0, count).ToList();
        return numbers.Prepend(count).Select(end => Choose(i => i < end))
            .Concat(numbers.Select(missing => Choose(i => i != missing)))
            .Concat(numbers.Select(only => Choose(i => i == only)))
            .Concat(numbers.Select(_ => Choose(_ => random.Next(2) == 0)).ToList());

        bool[] Choose(Func<int, bool> isThere) => [.. Enumerable.Range(0, count).Select(isThere)];
    }

    /// <summary>Returns the losses of files; first none.</summary>
    private static IEnumerable<Loss[]> Choices(int count, Random random) =>
    [
        new Loss[count],
        .. count > 1 ? Losing.Select(loss => Enumerable.Repeat(loss, count).ToArray()) : [],
        .. from one in Enumerable.Range(0, count)
           from loss in Losing
           select Enumerable.Range(0, count).Select(i => i == one ? loss : Loss.Nothing).ToArray(),
        .. Enumerable.Range(0, count > 1 ? 2 * count : 0).Select(_ => Enumerable.Range(0, count)
            .Select(_ => random.Next(2) == 0 ? Loss.Nothing : Losing[random.Next(Losing.Length)]).ToArray()),
    ];
}
