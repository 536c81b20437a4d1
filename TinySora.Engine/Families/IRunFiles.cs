namespace TinySora.Engine.Families;

/// <summary>Files that a run keeps beside its checkpoints, under the names that published code gives them.</summary>
public interface IRunFiles
{
    /// <summary>Loads the weights that lie in the folder of a new run.</summary>
    /// <returns>What was taken, a sentence; null: nothing was there.</returns>
    string? Take(string folder);

    /// <summary>Writes the weights of the model in its present state; called after each checkpoint.</summary>
    void Save(string folder);

    /// <summary>The path of a picture below the folder, by its number from 0; null: the usual name.</summary>
    string? Picture(int number);
}
