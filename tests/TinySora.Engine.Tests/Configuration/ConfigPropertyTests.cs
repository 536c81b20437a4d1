using CsCheck;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Tests.Configuration;

/// <summary>Properties of configurations with random values in a random set of keys.</summary>
public sealed class ConfigPropertyTests
{
    public static TheoryData<string> Families => [.. KeyEffects.Rows.Keys];

    [Theory]
    [MemberData(nameof(Families))]
    public void Valid_configurations_are_read_back_unchanged(string family)
    {
        var keys = ConfigSchema.For(FamilyConfigs.Create(family)!).Keys;
        Gen<(ConfigKey, object?)>[] values = [.. keys.Select(key => Value(key).Select(value => (key, value)))];
        Gen.Select(values.ShuffleSelect(0, values.Length), Gen.Bool).Check(60, example =>
        {
            var config = Valid(family, example.Item1);
            var again = ConfigFile.Parse(ConfigFile.ToYaml(config, comments: example.Item2), "again.yaml");
            Assert.All(keys, key => Assert.Equal(key.Get(config), key.Get(again)));
            Assert.Empty(ConfigFile.Compare(config, again));
        });
    }

    [Fact]
    public void Spans_are_read_back_unchanged() =>
        Gen.Select(Gen.Int, Gen.Bool, (count, inEpochs) => new TrainingSpan(count, inEpochs)).Check(200, span =>
            Assert.Equal(span, TrainingSpan.Parse(span.ToString())));

    /// <summary>Returns a valid configuration with as many of the values as possible: where they violate a rule, the family's keys keep their values.</summary>
    private static RunConfig Valid(string family, IEnumerable<(ConfigKey Key, object? Value)> values)
    {
        var left = values.ToDictionary(pair => pair.Key.FullName);
        while (true)
        {
            var config = ConfigFile.Parse(KeyEffects.Base(family), family);
            foreach (var (key, value) in left.Values)
            {
                key.Set(config, value);
            }

            var problems = ConfigRules.Check(config);
            if (problems.Count == 0)
            {
                return config;
            }

            foreach (var name in problems.SelectMany(problem => problem.Keys).Where(left.ContainsKey).DefaultIfEmpty(left.Keys.First()).ToHashSet())
            {
                left.Remove(name);
            }
        }
    }

    /// <summary>Draws values of a key's type. Small numbers are frequent, because few keys allow others.</summary>
    private static Gen<object?> Value(ConfigKey key)
    {
        var type = key.Type;
        var whole = Gen.Frequency<int>((3, Gen.Int[0, 16]), (1, Gen.Int));
        var value = type == typeof(bool) ? Gen.Bool.Select(flag => (object?)flag)
            : type == typeof(int) ? whole.Select(number => (object?)number)
            : type == typeof(long) ? Gen.Long.Select(number => (object?)number)
            : type == typeof(double) ? Gen.Frequency<double>((2, Gen.Double.Unit), (1, Gen.Double[0, 100]), (1, Gen.Double.Special.Where(double.IsFinite)))
                .Select(number => (object?)number)
            : type == typeof(TrainingSpan) ? Gen.Select(whole, Gen.Bool, (count, inEpochs) => (object?)new TrainingSpan(count, inEpochs))
            : type == typeof(IReadOnlyList<int>) ? Gen.Int[1, 100].List[0, 4].Select(list => (object?)list)
            : type == typeof(IReadOnlyList<bool>) ? Gen.Bool.List[0, 4].Select(list => (object?)list)
            : type.IsEnum ? Gen.OneOf<object?>([.. Enum.GetValues(type).Cast<object?>()])
            : PropertyCheck.Text.Select(text => (object?)text);
        return key.AllowsNull ? Gen.Frequency<object?>((1, Gen.Const((object?)null)), (4, value)) : value;
    }
}
