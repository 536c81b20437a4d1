# Fine-tunes shapes-lean on a new shape as -Budget does, with the steps that a slow machine takes in three minutes.
@{
    Preset = 'shapes-lean'
    Start = 'shapes-lean'
    Word = 'heart'
    Set = @{ 'trainer.train_num_steps' = 1600; 'trainer.train_lr' = 0.0005 }
}
