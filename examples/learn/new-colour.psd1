# The bundled model learns a colour that is new to it, as -Budget trains it, in what a slow machine computes in three minutes.
@{
    Preset = 'shapes-lean'
    Start = 'shapes-lean'
    Word = 'pink'
    Set = @{ 'trainer.train_num_steps' = 1600; 'trainer.train_lr' = 0.0005; 'trainer.balance_words' = 'pink' }
}
