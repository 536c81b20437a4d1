using System.Security.Cryptography;
using System.Text;
using Names = System.Collections.Generic.Dictionary<(TinySora.Faults.DiskNode Folder, string Name), TinySora.Faults.DiskNode>;

namespace TinySora.Faults;

/// <summary>What a disk may hold after the power failed.</summary>
/// <param name="Moment">Number of the last operation before that.</param>
/// <param name="Applied">Which of the changes of names up to then are on the disk.</param>
/// <param name="Losses">What is lost of files with data that was not forced.</param>
internal sealed record DiskState(int Moment, IReadOnlyList<bool> Applied, IReadOnlyDictionary<DiskNode, Loss> Losses)
{
    /// <summary>The most states of one moment that are built in full; of more, some are chosen.</summary>
    private const int MostPerMoment = 512;

    /// <summary>The most changes of names of which all subsets are built.</summary>
    private const int MostNames = 6;

    private static readonly Loss[] Losing = [.. Enum.GetValues<Loss>().Where(loss => loss != Loss.Nothing)];

    /// <summary>
    /// The states that a disk may have at a moment: all of them if these are few; otherwise those in which changes are there up to one,
    /// all but one, one alone, and random ones, and the same of data.
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
        if (subsets.Count * losses.Count <= MostPerMoment)
        {
            return subsets.SelectMany(subset => losses.Select(loss => State(subset, loss)));
        }

        // Each on its own, and random pairs of both.
        return subsets.Select(subset => State(subset, losses[0]))
            .Concat(losses.Select(loss => State(subsets[0], loss)))
            .Concat(Enumerable.Range(0, MostPerMoment)
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

    /// <summary>The names on the disk.</summary>
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

    /// <summary>The digest of a file on the disk.</summary>
    public string Digest(DiskNode node) => node.DigestAfter(Moment, Losses.GetValueOrDefault(node));

    /// <summary>The content of a file on the disk.</summary>
    public Content Read(DiskNode node) => node.After(Moment, Losses.GetValueOrDefault(node));

    /// <summary>A digest of all files, equal for equal disks.</summary>
    public string Key(IReadOnlyDictionary<string, DiskNode> files)
    {
        var text = string.Concat(files.Select(file => $"{file.Key}\n{Digest(file.Value)}\n"));
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>What is lost, for messages.</summary>
    public string Describe(Disk disk)
    {
        const int most = 8;
        var lost = Enumerable.Range(0, Applied.Count).Where(i => !Applied[i]).Select(i => $"without {disk.Changes[i].Text}")
            .Concat(Losses.Where(loss => loss.Value != Loss.Nothing).Select(loss => $"{loss.Value} lost of {disk.PathOf(loss.Key)}")).ToList();
        return string.Join(", ", lost.Take(most)) + (lost.Count > most ? $" and {lost.Count - most} more" : "");
    }

    /// <summary>Which of some changes are on the disk; all of them at first.</summary>
    private static IEnumerable<bool[]> Subsets(int count, Random random)
    {
        if (count <= MostNames)
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

    /// <summary>What is lost of some files; nothing at first.</summary>
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
