# The bundled model learns a shape that is new to it, as -Budget trains it, in what a slow machine computes in three minutes.
@{
    Preset = 'shapes-lean'
    Start = 'shapes-lean'
    Word = 'heart'
    Set = @{ 'trainer.train_num_steps' = 1600; 'trainer.train_lr' = 0.0005 }
}
