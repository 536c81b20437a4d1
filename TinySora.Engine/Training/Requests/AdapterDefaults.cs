using TinySora.Engine.Configuration;

namespace TinySora.Engine.Training.Requests;

/// <summary>Settings for training an adapter with the configuration of its base model, unless the user specifies others.</summary>
public static class AdapterDefaults
{
    /// <summary>Values by key, in which <c>null</c> turns off what the base model's own run used.</summary>
    private static readonly (string Key, object? Value)[] Values =
    [
        ("trainer.train_lr", 0.002), ("trainer.train_num_steps", 4500), ("trainer.train_minutes", null), ("trainer.lr_schedule", "cosine"),
        ("trainer.lr_decay_steps", null), ("trainer.warmup_steps", 50), ("trainer.step_start_ema", 100), ("trainer.save_model_every", 200),
        ("trainer.validate_every", 0), ("trainer.best_by", BestMetric.Loss), ("trainer.early_stopping_patience", null), ("trainer.seed", null),
    ];

    /// <summary>Settings of families with captions. With fewer other clips, a model forgets old words when it learns a new one from few clips.</summary>
    private static readonly (string Key, object? Value)[] Captioned = [("trainer.balance_others", 4)];

    /// <summary>Returns the settings for a family.</summary>
    public static IReadOnlyList<ConfigSetting> For(FamilyConfig family) =>
    [
        .. Values.Concat(family.OptionalTrainerKeys.Contains(nameof(TrainerConfig.BalanceOthers)) ? Captioned : [])
            .Select(item => ConfigSetting.Create(family, item.Key, item.Value)),
    ];
}
