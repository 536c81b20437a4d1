namespace TinySora.Engine.Data.Worlds;

/// <summary>The three parts that the combinations of the shapes world fall into, so that no recipe is chosen by what it is judged on.</summary>
public enum ShapesSplit
{
    /// <summary>The 144 combinations that every dataset of shapes shows.</summary>
    Trained,

    /// <summary>The 24 combinations by which recipes are compared and chosen. Datasets show them unless told to leave them out.</summary>
    Tuned,

    /// <summary>The 24 combinations that no dataset shows unless told to: what a chosen recipe is judged on.</summary>
    Judged,
}
