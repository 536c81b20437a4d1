# Fine-tunes shapes-lean on a new color as -Budget does, with the steps that a slow machine takes in three minutes.
@{
    Preset = 'shapes-lean'
    Start = 'shapes-lean'
    Word = 'pink'
    Set = @{ 'trainer.train_num_steps' = 1600; 'trainer.train_lr' = 0.0005; 'trainer.balance_words' = 'pink' }
}
