namespace TinySora.Engine.Families;

/// <summary>What a run keeps in its folder beside its checkpoints, under the names that published code has for it.</summary>
public interface IRunFiles
{
    /// <summary>A run that begins takes the weights that lie in its folder.</summary>
    /// <returns>What was taken, a sentence; null: nothing was there.</returns>
    string? Take(string folder);

    /// <summary>Called after each checkpoint: writes the weights of the model, in the state in which it is.</summary>
    void Save(string folder);

    /// <summary>A picture by its number, from 0, below the folder; null: as other runs name theirs.</summary>
    string? Picture(int number);
}
